#include "learn/samples.h"

#include <stdlib.h>
#include <string.h>

void an_samples_init(struct an_samples *samples, uint32_t columns, bool is_mini)
{
    an_assert(samples != NULL && columns > 0);
    *samples = (struct an_samples) { .columns = columns, .is_mini = is_mini };
}

void an_samples_done(struct an_samples *samples)
{
    if (samples == NULL) return;
    free(samples->cells);
    free(samples->minis);
    free(samples->unwanted);
    free(samples->category);
    free(samples->class_of);
    free(samples->weight);
    free(samples->group);
    free(samples->class_names);
    *samples = (struct an_samples) { 0 };
}

/* realloc that leaves the array alone when there is no memory. */
static bool grow(void *array, size_t count, size_t size)
{
    void *old, *bigger;
    memcpy(&old, array, sizeof old);
    bigger = reallocarray(old, count, size);
    if (bigger == NULL) return false;
    memcpy(array, &bigger, sizeof bigger);
    return true;
}

static bool make_room(struct an_samples *s)
{
    size_t room = s->room == 0 ? 1024 : s->room * 2;
    bool fits = s->is_mini ? grow(&s->minis, room, s->columns * sizeof *s->minis)
                           : grow(&s->cells, room, s->columns * sizeof *s->cells);
    if (!fits || !grow(&s->unwanted, room, sizeof *s->unwanted) || !grow(&s->category, room, sizeof *s->category) ||
        !grow(&s->class_of, room, sizeof *s->class_of) || !grow(&s->weight, room, sizeof *s->weight) ||
        !grow(&s->group, room, sizeof *s->group))
        return false;
    s->room = room;
    return true;
}

enum an_err an_samples_add(struct an_samples *samples, const struct an_sample *sample, size_t *ret_row)
{
    an_assert(samples != NULL && sample != NULL && ret_row != NULL && sample->weight > 0);
    if (samples->rows == samples->room && !make_room(samples)) return AN_ERR_NO_MEMORY;
    size_t row = samples->rows++;
    samples->unwanted[row] = sample->unwanted;
    samples->category[row] = sample->category;
    samples->class_of[row] = sample->class_of;
    samples->weight[row] = sample->weight;
    samples->group[row] = sample->group;
    *ret_row = row;
    return AN_OK;
}

enum an_err an_samples_class(struct an_samples *samples, const char *name, size_t len, uint16_t *ret_class)
{
    an_assert(samples != NULL && ret_class != NULL);
    char cut[AN_CLASS_NAME_MAX] = "";
    memcpy(cut, name, len < sizeof cut - 1 ? len : sizeof cut - 1);
    if (samples->class_names == NULL) {
        samples->class_names = calloc(AN_CLASSES_MAX, sizeof *samples->class_names);
        if (samples->class_names == NULL) return AN_ERR_NO_MEMORY;
        samples->class_count = 1;
    }
    for (uint32_t c = 0; c < samples->class_count; c++)
        if (strcmp(samples->class_names[c], cut) == 0) {
            *ret_class = (uint16_t)c;
            return AN_OK;
        }
    if (samples->class_count == AN_CLASSES_MAX) return AN_ERR_LIMIT;
    memcpy(samples->class_names[samples->class_count], cut, sizeof cut);
    *ret_class = (uint16_t)samples->class_count++;
    return AN_OK;
}

void an_samples_count(const struct an_samples *samples, size_t *ret_unwanted, size_t *ret_wanted)
{
    size_t unwanted = 0;
    for (size_t r = 0; r < samples->rows; r++) unwanted += samples->unwanted[r];
    *ret_unwanted = unwanted;
    *ret_wanted = samples->rows - unwanted;
}
