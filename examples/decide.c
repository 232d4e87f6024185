/* Judges one call in process and prints why: decide FROM TO [en|zh]
 * cc decide.c $(pkg-config --cflags --libs anning) -o decide */
#include <anning/anning.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s FROM TO [en|zh]\n", argv[0]);
        return 2;
    }
    const char *language = argc > 3 ? argv[3] : "en";
    struct anning_options options = { .size = sizeof options, .numbers = 100000 };
    struct anning *door;
    char error[256];
    if (anning_open(&options, &door, error, sizeof error) != ANNING_OK) {
        fprintf(stderr, "anning: %s\n", error);
        return 1;
    }
    struct anning_call call = { .size = sizeof call,
                                .time_us = (uint64_t)time(NULL) * 1000000,
                                .from = argv[1],
                                .to = argv[2],
                                .trunk = "example" };
    struct anning_verdict verdict = { .size = sizeof verdict };
    int status = anning_decide(anning_context(door, 0), &call, 1, &verdict);
    if (status != ANNING_OK) {
        fprintf(stderr, "anning: %s\n", anning_error_name(status));
        anning_close(door);
        return 1;
    }
    printf("%s  %.1f %%  %s  %s\n", anning_action_name(verdict.action), 100.0 * (double)verdict.probability,
           anning_category_name(verdict.category, language), verdict.token);
    for (unsigned i = 0; i < verdict.symbol_count; i++)
        printf("  %+5.2f  %-20s %s\n", (double)verdict.symbols[i].weight, anning_symbol_name(verdict.symbols[i].id),
               anning_symbol_text(verdict.symbols[i].id, language));
    anning_close(door);
    return 0;
}
