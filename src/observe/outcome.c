#include "observe/outcome.h"

enum { SHORT_MS = 6000 };

/* Fills what the observation lacks from the pending call, and takes it out at an end. */
static void join(struct an_state *s, struct an_heard *o)
{
    struct an_table *table = &s->tables[AN_TABLE_PENDING];
    struct an_observation *obs = &o->obs;
    uint64_t key = o->keys.pending;
    o->answered = obs->outcome == AN_OUTCOME_ANSWERED || obs->talk_ms > 0;
    o->hole_counted = obs->callee_kind == AN_KIND_UNALLOCATED || obs->flags & AN_OBS_CANARY;
    if (key == 0) return;
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_pending *p = an_table_find(table, bucket, key, &slot);
    if (p == NULL) {
        an_bucket_unlock(table, bucket);
        return;
    }
    o->joined = true;
    o->again = obs->kind == AN_OBS_ANSWER && p->answered;
    uint32_t now_ms = (uint32_t)(obs->time_us / 1000);
    if (obs->kind == AN_OBS_ANSWER && !p->answered) {
        p->answered = true;
        p->answer_ms = now_ms;
    }
    struct an_pending call = *p;
    if (obs->kind == AN_OBS_END) an_table_remove(table, bucket, slot);
    an_bucket_unlock(table, bucket);
    /* Of a message that passed by, From may be the callee's (a BYE): the attempt knows who called whom. */
    bool passive = obs->flags & AN_OBS_PASSIVE;
    obs->caller = obs->caller != 0 && !passive ? obs->caller : call.caller;
    obs->callee = obs->callee != 0 && !passive ? obs->callee : call.callee;
    if (passive) obs->trunk = call.trunk;
    obs->block = obs->block != 0 ? obs->block : call.block;
    obs->shape = obs->shape != 0 ? obs->shape : call.shape;
    obs->trunk = obs->trunk != AN_TRUNK_NONE ? obs->trunk : call.trunk;
    obs->action = obs->action != AN_ACTION_ALLOW ? obs->action : call.action;
    o->hole_counted |= call.hole;
    o->answered |= call.answered && obs->outcome == AN_OUTCOME_UNKNOWN;
    if (obs->talk_ms == 0 && o->answered && call.answered) obs->talk_ms = now_ms - call.answer_ms;
    if (obs->ring_ms == 0)
        obs->ring_ms = call.answered ? call.answer_ms - call.start_ms : o->answered ? 0 : now_ms - call.start_ms;
    an_keys_of(obs, &o->keys);
}

void an_observe_actions(struct an_state *state, const struct an_vector *v)
{
    struct an_table *table = &state->tables[AN_TABLE_PENDING];
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        const struct an_observation *obs = &call->enriched.obs;
        if (call->error != AN_OK || call->observed.repeat || obs->kind != AN_OBS_ATTEMPT || obs->call_key == 0)
            continue;
        if (call->verdict.action == AN_ACTION_ALLOW || obs->flags & AN_OBS_PASSIVE) continue;
        uint64_t key = an_key_pending(obs->call_key);
        struct an_bucket *bucket = an_table_bucket(table, key);
        unsigned slot;
        an_bucket_lock(table, bucket);
        struct an_pending *p = an_table_find(table, bucket, key, &slot);
        if (p != NULL) p->action = call->verdict.action;
        an_bucket_unlock(table, bucket);
    }
}

/* Whose reputation: as in attempt.c, but nothing new is taken in for an outcome alone but the number itself. */
void an_heard_find_number(const struct an_state *s, struct an_heard *o)
{
    const struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    unsigned slot;
    o->number_key = o->keys.caller;
    if (o->number_key == 0 || o->obs.trunk == AN_TRUNK_NONE) return;
    struct an_bucket *bucket = an_table_bucket(table, o->number_key);
    an_bucket_lock(table, bucket);
    const struct an_number_entry *own = an_table_find(table, bucket, o->number_key, &slot);
    uint16_t home = own != NULL ? an_number_home(own) : 0;
    an_bucket_unlock(table, bucket);
    if (home == an_trunk16(o->obs.trunk)) return;
    uint64_t key = an_key_foreign(o->obs.caller, o->obs.trunk);
    o->foreign = home != 0;
    if (!o->foreign) {
        bucket = an_table_bucket(table, key);
        an_bucket_lock(table, bucket);
        o->foreign = an_table_find(table, bucket, key, &slot) != NULL;
        an_bucket_unlock(table, bucket);
    }
    if (o->foreign) o->number_key = key;
}

void an_heard_relation(struct an_state *s, const struct an_heard *o, enum an_relation_event event, unsigned talk)
{
    if (o->keys.relation == 0) return;
    if (o->foreign)
        an_relation_put(&s->relations, o->number_key, o->keys.callee, an_relation_hash(o->number_key, o->keys.callee),
                        o->day, event, talk);
    else
        an_relation_put(&s->relations, o->obs.caller, o->obs.callee, o->keys.relation, o->day, event, talk);
}

/* add: to the number's lanes; nothing is taken in anew when there is nothing to add. */
static void add_number(struct an_state *s, const struct an_heard *o, const float add[AN_N_WIDTH])
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    if (o->number_key == 0) return;
    struct an_bucket *bucket = an_table_bucket(table, o->number_key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_number_entry *entry = an_table_find(table, bucket, o->number_key, &slot);
    if (entry == NULL) {
        entry = an_table_insert(table, bucket, o->number_key, o->tick, &slot);
        entry->tick = o->tick;
        entry->first_hour = an_hour_of(o->obs.time_us);
        entry->attempt_age = UINT16_MAX;
    }
    struct an_number_view view;
    an_number_open(entry, o->tick, &view);
    for (unsigned i = 0; i < AN_N_LANES; i++) view.x[i] += add[i];
    int32_t since = (int32_t)(o->tick - entry->tick);
    uint32_t age = entry->attempt_age + (since > 0 ? (uint32_t)since : 0);
    entry->attempt_age = age < UINT16_MAX ? (uint16_t)age : UINT16_MAX;
    an_table_touch(bucket, slot, o->tick, view.x[AN_N_ATTEMPTS_7D] + view.x[AN_N_RECEIVED]);
    an_number_close(entry, o->tick, o->chance, &view);
    an_bucket_unlock(table, bucket);
}

static void add_to(struct an_table *table, uint64_t key, uint32_t tick, const struct an_group_x *add)
{
    float before[AN_G_LANES];
    an_group_add(table, an_table_bucket(table, key), key, tick, add, table->locked, before);
}

void an_heard_groups(struct an_state *s, const struct an_heard *o, const float add[AN_G_LANES])
{
    struct an_group_x x = an_group_load(add);
    float before[AN_G_LANES];
    add_to(&s->tables[AN_TABLE_BLOCKS], o->keys.block, o->tick, &x);
    add_to(&s->tables[AN_TABLE_TRUNKS], o->keys.trunk, o->tick, &x);
    add_to(&s->tables[AN_TABLE_SHAPES], o->keys.shape, o->tick, &x);
    an_common_add(s->network, o->tick, &x, !s->limits.single_worker, before);
}

/* The line's clocks and counts. clocks false: only the counts. */
static void learn_line(struct an_state *s, const struct an_heard *o, const float add[AN_G_LANES], bool clocks)
{
    struct an_table *table = &s->tables[AN_TABLE_LINES];
    if (o->keys.line == 0) return;
    struct an_bucket *bucket = an_table_bucket(table, o->keys.line);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_line *line = an_table_claim(table, bucket, o->keys.line, o->tick, &slot);
    an_group_decay(&line->group, o->tick);
    for (unsigned i = 0; i < AN_G_LANES; i++) line->group.x[i] += add[i];
    if (clocks) {
        const struct an_observation *obs = &o->obs;
        an_line_end(line, obs->time_us);
        bool gave_up = !o->answered && (obs->outcome == AN_OUTCOME_CANCELLED || obs->outcome == AN_OUTCOME_UNKNOWN);
        if (gave_up && obs->ring_ms > 0) an_line_ring(line, obs->ring_ms);
        if (o->answered && obs->talk_ms > 0) an_line_talk(line, obs->talk_ms);
    }
    an_table_touch(bucket, slot, o->tick, line->group.x[AN_G_ATTEMPTS_7D]);
    an_bucket_unlock(table, bucket);
}

static void end_relation(struct an_state *s, const struct an_heard *o)
{
    switch (o->obs.outcome) {
    case AN_OUTCOME_REFUSED:
        if (o->obs.action == AN_ACTION_ALLOW) an_heard_relation(s, o, AN_RELATION_REFUSED, 0);
        an_heard_relation(s, o, AN_RELATION_MISSED, 0);
        break;
    case AN_OUTCOME_CANCELLED:
    case AN_OUTCOME_NO_ANSWER:
    case AN_OUTCOME_BUSY:
    case AN_OUTCOME_UNREACHABLE: an_heard_relation(s, o, AN_RELATION_MISSED, 0); break;
    default: break;
    }
    if (o->answered) an_heard_relation(s, o, AN_RELATION_TALKED, an_relation_talk_class(o->obs.talk_ms));
}

/* Fairness rule 5: what our verdict caused is no evidence. A screened or blocked call says nothing; a labelled one
 * says nothing about the callee's answer, but the caller's clocks and holes stay his own. */
static void learn_end(struct an_state *s, struct an_heard *o)
{
    const struct an_observation *obs = &o->obs;
    if (obs->outcome == AN_OUTCOME_OURS || obs->action == AN_ACTION_SCREEN || obs->action == AN_ACTION_BLOCK) return;
    bool failed = obs->outcome == AN_OUTCOME_FAILED;
    bool told = obs->action == AN_ACTION_ALLOW && !failed;
    bool is_short = o->answered && obs->talk_ms > 0 && obs->talk_ms < SHORT_MS;
    float hole = obs->outcome == AN_OUTCOME_UNALLOCATED && !o->hole_counted ? 1.0f : 0;
    float ended = told ? 1.0f : 0, answered = told && o->answered ? 1.0f : 0;
    float refused = told && obs->outcome == AN_OUTCOME_REFUSED ? 1.0f : 0;
    float number[AN_N_WIDTH] = { [AN_N_ENDED] = ended,
                                 [AN_N_ANSWERED] = answered,
                                 [AN_N_SHORT] = answered > 0 && is_short ? 1.0f : 0,
                                 [AN_N_REFUSED] = refused,
                                 [AN_N_UNALLOCATED] = hole,
                                 [AN_N_TALK_MIN] = answered * (float)obs->talk_ms * (1.0f / 60000) };
    float group[AN_G_LANES] = { [AN_G_ENDED] = ended,
                                [AN_G_ANSWERED] = answered,
                                [AN_G_SHORT] = number[AN_N_SHORT],
                                [AN_G_REFUSED] = refused,
                                [AN_G_UNALLOCATED] = hole };
    if (told || hole > 0) {
        add_number(s, o, number);
        an_heard_groups(s, o, group);
    }
    learn_line(s, o, group, !failed);
    if (!failed && !o->hole_counted && obs->outcome != AN_OUTCOME_UNALLOCATED) end_relation(s, o);
}

bool an_learn_outcome(struct an_state *s, const struct an_observation *obs, const struct an_keys *keys,
                      struct an_counts *counts, struct an_observation *ret_complete)
{
    struct an_heard o = {
        .obs = *obs, .keys = *keys, .tick = an_tick_of(obs->time_us), .day = an_day_of(obs->time_us)
    };
    join(s, &o);
    o.chance = an_chance_of(&o.obs); /* of what the journal keeps, so that a rebuild rounds alike */
    /* The same BYE is seen on every leg; the first one ended the call. */
    if (obs->flags & AN_OBS_PASSIVE && obs->call_key != 0 && (!o.joined || o.again)) return false;
    if (ret_complete != NULL) *ret_complete = o.obs;
    an_heard_find_number(s, &o);
    switch (obs->kind) {
    case AN_OBS_ANSWER:
        counts->answers++;
        if (obs->action != AN_ACTION_SCREEN && obs->action != AN_ACTION_BLOCK)
            an_heard_relation(s, &o, AN_RELATION_REACHED, 0);
        break;
    case AN_OBS_END:
        counts->ends++;
        learn_end(s, &o);
        break;
    default:
        counts->reports++;
        an_learn_report(s, &o, counts);
        if (ret_complete != NULL) ret_complete->counted = o.obs.counted;
    }
    return true;
}
