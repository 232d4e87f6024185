#include "range/world.h"

#include <stdlib.h>
#include <string.h>

/* What waits for its time: a phone that rings, a talk that goes on, a report or a call-back to come. */
enum item_kind { ITEM_PICK_UP, ITEM_END, ITEM_REPORT, ITEM_CALL };

struct item {
    uint64_t time_us, order;
    uint32_t slot; /* of the call in flight */
};

struct flight {
    struct ar_call call;
    struct ar_reaction reaction;
    uint16_t source;
    uint8_t kind; /* enum item_kind that comes next */
};

struct ar_world {
    const struct ar_scenario *scenario; /* [borrow] */
    const struct ar_defence *defence;   /* [borrow] */
    struct ar_board *board;             /* [borrow] */
    struct ar_city *city;               /* [own] */
    uint64_t seed, now_us, begin_us, end_us, order, next_id, events;
    struct ar_random callees; /* chance of how people react */
    bool broken;
    unsigned source_count;
    struct ar_source sources[AR_SOURCES_MAX];
    uint64_t source_next[AR_SOURCES_MAX];
    struct item *heap;      /* [own] the earliest first */
    size_t heap_count, heap_room;
    struct flight *flights; /* [own] */
    size_t flight_room;
    uint32_t *free_slots;   /* [own] */
    size_t free_count;
};

#define DAY_US 86400000000ull

enum an_err ar_world_new(const struct ar_scenario *scenario, uint64_t seed, const struct ar_defence *defence,
                         struct ar_board *board, struct ar_world **ret_world, struct an_error *error)
{
    an_assert(scenario != NULL && defence != NULL && board != NULL && ret_world != NULL);
    struct ar_world *world = calloc(1, sizeof *world);
    if (world == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the world");
    const struct ar_city_options options = { .seed = seed,
                                             .subscribers = scenario->subscribers,
                                             .begin_us = AR_BEGIN_US,
                                             .days = (uint32_t)(scenario->days + 0.999),
                                             .platform_trunks = scenario->platform_trunks,
                                             .flatten_shapes = scenario->flatten_shapes };
    enum an_err err = ar_city_new(&options, &world->city, error);
    if (err != AN_OK) {
        free(world);
        return err;
    }
    world->scenario = scenario;
    world->defence = defence;
    world->board = board;
    world->seed = seed;
    world->now_us = world->begin_us = AR_BEGIN_US;
    world->end_us = AR_BEGIN_US + (uint64_t)(scenario->days * (double)DAY_US);
    ar_random_init(&world->callees, seed, "callees", 0);
    *ret_world = world;
    return AN_OK;
}

void ar_world_free(struct ar_world *world)
{
    if (world == NULL) return;
    for (unsigned i = 0; i < world->source_count; i++)
        if (world->sources[i].free != NULL) world->sources[i].free(world->sources[i].self);
    ar_city_free(world->city);
    free(world->heap);
    free(world->flights);
    free(world->free_slots);
    free(world);
}

unsigned ar_world_add(struct ar_world *world, const struct ar_source *source)
{
    an_assert(world->source_count < AR_SOURCES_MAX);
    unsigned number = world->source_count++;
    world->sources[number] = *source;
    world->source_next[number] = source->next_us(source->self);
    return number;
}

static bool before(const struct item *a, const struct item *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

/* Memory that runs out ends the program: the range is a tool on somebody's desk, not a service. */
static void *grow(void *memory, size_t *room, size_t size)
{
    *room = *room == 0 ? 1024 : *room * 2;
    void *wider = realloc(memory, *room * size);
    if (wider == NULL) {
        fprintf(stderr, "anning-range: out of memory: %zu calls under way\n", *room);
        exit(3);
    }
    return wider;
}

static void push(struct ar_world *world, uint64_t time_us, uint32_t slot)
{
    if (world->heap_count == world->heap_room) world->heap = grow(world->heap, &world->heap_room, sizeof *world->heap);
    struct item item = { time_us, world->order++, slot };
    size_t at = world->heap_count++;
    for (; at > 0 && before(&item, &world->heap[(at - 1) / 2]); at = (at - 1) / 2)
        world->heap[at] = world->heap[(at - 1) / 2];
    world->heap[at] = item;
}

static struct item pop(struct ar_world *world)
{
    struct item first = world->heap[0], last = world->heap[--world->heap_count];
    size_t at = 0;
    for (size_t child = 1; child < world->heap_count; child = 2 * at + 1) {
        if (child + 1 < world->heap_count && before(&world->heap[child + 1], &world->heap[child])) child++;
        if (!before(&world->heap[child], &last)) break;
        world->heap[at] = world->heap[child];
        at = child;
    }
    if (world->heap_count > 0) world->heap[at] = last;
    return first;
}

static uint32_t take_slot(struct ar_world *world)
{
    if (world->free_count == 0) {
        size_t before_room = world->flight_room, free_room = before_room;
        world->flights = grow(world->flights, &world->flight_room, sizeof *world->flights);
        world->free_slots = grow(world->free_slots, &free_room, sizeof *world->free_slots);
        for (size_t slot = world->flight_room; slot > before_room; slot--)
            world->free_slots[world->free_count++] = (uint32_t)(slot - 1);
    }
    return world->free_slots[--world->free_count];
}

static void give_slot(struct ar_world *world, uint32_t slot)
{
    world->free_slots[world->free_count++] = slot;
}

static void wait_until(struct ar_world *world, uint32_t slot, enum item_kind kind, uint64_t time_us)
{
    world->flights[slot].kind = (uint8_t)kind;
    push(world, time_us, slot);
}

void ar_world_later(struct ar_world *world, unsigned source, uint64_t time_us, const struct ar_call *call)
{
    uint32_t slot = take_slot(world);
    world->flights[slot] = (struct flight){ .call = *call, .source = (uint16_t)source };
    wait_until(world, slot, ITEM_CALL, time_us < world->now_us ? world->now_us : time_us);
}

/* The Call-ID is a hash of the call's number in order: nothing in it tells a class. */
static void ask(struct ar_world *world, struct ar_call *call)
{
    call->id = ar_hash(world->seed, 0x43616c6cu, ++world->next_id) | 1;
    call->time_us = world->now_us;
    world->events++;
    if (world->defence->decide(world->defence->self, call) != AN_OK) world->broken = true;
    else ar_board_attempt(world->board, call);
}

void ar_world_attempt(struct ar_world *world, unsigned source, const struct ar_call *call)
{
    an_assert(source < world->source_count);
    uint32_t slot = take_slot(world);
    struct flight *flight = &world->flights[slot];
    *flight = (struct flight){ .call = *call, .source = (uint16_t)source };
    ask(world, &flight->call);
    ar_callee_react(world, &world->callees, &flight->call, &flight->reaction);
    const struct ar_call *c = &flight->call;
    wait_until(world, slot, c->answered ? ITEM_PICK_UP : ITEM_END, world->now_us + c->ring_ms * 1000ull);
}

/* The callee calls back what the display showed: a person, a firm's desk, or nobody. */
static void call_back(struct ar_world *world, const struct flight *flight)
{
    const struct ar_call *c = &flight->call;
    if (c->callee_id == AR_NOBODY || c->anonymous) return;
    struct ar_person person;
    uint64_t when_us = world->now_us + flight->reaction.back_after_us;
    ar_city_person(world->city, c->callee_id, when_us, &person);
    struct ar_call back = { .caller = person.number,
                            .callee = c->caller,
                            .trunk = person.trunk,
                            .shape = person.shape,
                            .truth = AR_CLASS_PERSON,
                            .category = AN_CATEGORY_PERSON,
                            .caller_id = c->callee_id,
                            .callee_id = ar_class_unwanted((enum ar_class)c->truth) ? ar_city_owner(world->city, c->caller)
                                                                                   : c->caller_id,
                            .human = true,
                            .patience_s = 40 };
    if (c->truth == AR_CLASS_A5 || c->truth == AR_CLASS_A7 || c->truth == AR_CLASS_A8) back.desk = c->truth;
    ar_world_later(world, flight->source, when_us, &back);
}

static void end_call(struct ar_world *world, uint32_t slot)
{
    const struct flight *flight = &world->flights[slot];
    const struct ar_source *source = &world->sources[flight->source];
    struct ar_call call = flight->call; /* the flights may move while the source acts */
    world->events++;
    if (world->defence->ended != NULL) world->defence->ended(world->defence->self, &call, world->now_us);
    ar_board_call(world->board, &call);
    if (flight->reaction.calls_back) call_back(world, flight);
    if (source->ended != NULL) {
        source->ended(source->self, world, &call);
        world->source_next[world->flights[slot].source] = source->next_us(source->self);
    }
    flight = &world->flights[slot];
    if (flight->reaction.reports) wait_until(world, slot, ITEM_REPORT, world->now_us + flight->reaction.report_after_us);
    else give_slot(world, slot);
}

static void go_on(struct ar_world *world, uint32_t slot)
{
    struct flight *flight = &world->flights[slot];
    switch (flight->kind) {
    case ITEM_PICK_UP:
        world->events++;
        if (world->defence->answered != NULL) world->defence->answered(world->defence->self, &flight->call, world->now_us);
        wait_until(world, slot, ITEM_END, world->now_us + flight->call.talk_ms * 1000ull);
        break;
    case ITEM_END: end_call(world, slot); break;
    case ITEM_REPORT:
        world->events++;
        if (world->defence->reported != NULL)
            world->defence->reported(world->defence->self, &flight->call, world->now_us, flight->reaction.report_wanted,
                                     flight->reaction.report_category);
        give_slot(world, slot);
        break;
    default: { /* ITEM_CALL */
        struct ar_call call = flight->call;
        unsigned source = flight->source;
        give_slot(world, slot);
        ar_world_attempt(world, source, &call);
    }
    }
}

void ar_world_report(struct ar_world *world, const struct ar_call *call, bool wanted, enum an_category category)
{
    world->events++;
    if (world->defence->reported != NULL)
        world->defence->reported(world->defence->self, call, world->now_us, wanted, category);
}

static unsigned earliest_source(const struct ar_world *world)
{
    unsigned best = 0;
    for (unsigned i = 1; i < world->source_count; i++)
        if (world->source_next[i] < world->source_next[best]) best = i;
    return best;
}

enum an_err ar_world_run(struct ar_world *world, uint64_t until_us)
{
    uint64_t stop_us = until_us < world->end_us ? until_us : world->end_us;
    while (!world->broken) {
        unsigned source = earliest_source(world);
        uint64_t source_us = world->source_count == 0 ? UINT64_MAX : world->source_next[source];
        uint64_t heap_us = world->heap_count == 0 ? UINT64_MAX : world->heap[0].time_us;
        uint64_t next_us = source_us < heap_us ? source_us : heap_us;
        if (next_us >= stop_us) {
            world->now_us = stop_us;
            return stop_us == world->end_us ? AN_ERR_END : AN_OK;
        }
        world->now_us = next_us;
        if (heap_us <= source_us) {
            go_on(world, pop(world).slot);
        } else {
            world->sources[source].act(world->sources[source].self, world);
            world->source_next[source] = world->sources[source].next_us(world->sources[source].self);
        }
    }
    return AN_ERR_IO;
}

uint64_t ar_world_now_us(const struct ar_world *world) { return world->now_us; }
uint64_t ar_world_begin_us(const struct ar_world *world) { return world->begin_us; }
uint64_t ar_world_end_us(const struct ar_world *world) { return world->end_us; }
const struct ar_city *ar_world_city(const struct ar_world *world) { return world->city; }
const struct ar_scenario *ar_world_scenario(const struct ar_world *world) { return world->scenario; }
uint64_t ar_world_seed(const struct ar_world *world) { return world->seed; }
const struct ar_names *ar_world_names(const struct ar_world *world) { return ar_city_names(world->city); }
uint64_t ar_world_events(const struct ar_world *world) { return world->events; }
