#include "cli/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/output.h"

enum { BAR_EVERY_US = 100000, LINE_EVERY_US = 10000000, BAR_COLUMNS_MAX = 40, BAR_COLUMNS_MIN = 8 };

void an_progress_begin(struct an_progress *progress, const char *label, enum an_progress_unit unit)
{
    an_assert(progress != NULL && label != NULL);
    *progress = (struct an_progress) { .out = stderr, .label = label, .items = "", .unit = unit };
    progress->bar = isatty(fileno(stderr)) == 1;
    progress->start_us = an_clock_mono_us();
    progress->next_us = progress->start_us + (progress->bar ? BAR_EVERY_US : LINE_EVERY_US);
}

static void say_amounts(const struct an_progress *progress, double rate, char *out, size_t size)
{
    char done[32], total[32], speed[32];
    if (progress->unit == AN_PROGRESS_BYTES) {
        an_text_bytes((double)progress->done, done);
        an_text_bytes((double)progress->total, total);
        an_text_bytes(rate, speed);
    } else {
        an_text_count(progress->done, done);
        an_text_count(progress->total, total);
        an_text_count((unsigned long long)rate, speed);
    }
    const char *items = progress->unit == AN_PROGRESS_BYTES ? "" : progress->items;
    const char *gap = items[0] == '\0' ? "" : " ";
    if (progress->total == 0)
        snprintf(out, size, "%s%s%s, %s/s", done, gap, items, speed);
    else
        snprintf(out, size, "%s of %s%s%s, %s/s", done, total, gap, items, speed);
}

static void draw_bar(double share, size_t columns, char *out)
{
    size_t filled = (size_t)(share * (double)columns);
    memset(out, '#', filled);
    memset(out + filled, ' ', columns - filled);
    out[columns] = '\0';
}

void an_progress_line(const struct an_progress *progress, uint64_t now_us, unsigned columns, char *out, size_t size)
{
    an_assert(progress != NULL && out != NULL && size > 0);
    double seconds = (double)(now_us - progress->start_us) / (double)AN_US_PER_S;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;
    double share = progress->total == 0 ? 0 : (double)progress->done / (double)progress->total;
    char amounts[128], left[32], tail[200], bar[BAR_COLUMNS_MAX + 1];
    if (share > 1) share = 1; /* a file may grow while it is read */
    say_amounts(progress, rate, amounts, sizeof amounts);
    if (progress->total == 0)
        snprintf(tail, sizeof tail, "%s", amounts);
    else if (rate <= 0)
        snprintf(tail, sizeof tail, "%3.0f %%, %s", share * 100, amounts);
    else {
        an_text_duration((double)progress->total * (1 - share) / rate, left);
        snprintf(tail, sizeof tail, "%3.0f %%, %s, %s left", share * 100, amounts, left);
    }
    size_t taken = an_text_width(progress->label) + strlen(tail) + 6;
    size_t room = columns > taken ? columns - taken : 0;
    if (progress->total == 0 || room < BAR_COLUMNS_MIN) {
        snprintf(out, size, "%s: %s", progress->label, tail + strspn(tail, " "));
        return;
    }
    draw_bar(share, room < BAR_COLUMNS_MAX ? room : BAR_COLUMNS_MAX, bar);
    snprintf(out, size, "%s [%s] %s", progress->label, bar, tail);
}

static unsigned terminal_columns(FILE *out)
{
    struct winsize size;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

void an_progress_update(struct an_progress *progress, uint64_t done, uint64_t total)
{
    uint64_t now = an_clock_mono_us();
    progress->done = done;
    progress->total = total;
    if (now < progress->next_us) return;
    char line[512];
    progress->next_us = now + (progress->bar ? BAR_EVERY_US : LINE_EVERY_US);
    an_progress_line(progress, now, progress->bar ? terminal_columns(progress->out) : 0, line, sizeof line);
    if (progress->bar)
        fprintf(progress->out, "\r%s\033[K", line);
    else
        fprintf(progress->out, "%s\n", line);
    fflush(progress->out);
    progress->drawn = true;
}

void an_progress_end(struct an_progress *progress)
{
    if (progress->bar && progress->drawn) fprintf(progress->out, "\r\033[K");
    fflush(progress->out);
}
