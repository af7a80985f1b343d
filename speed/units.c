/* The segments of units laid out in their loops, and each unit judged when the next one begins. */

#include "judge.h"

/* -- codes --------------------------------------------------------------------------------------------------------------- */

/* Whether all codes of a segment are known to be good: 1, 0, or -1 with an exception set. */
static int codes_good(Judge *judge, const Segment *segment, int32_t id)
{
    for (int32_t n = judge->checks_of.at[id]; n >= 0; n = judge->checks.at[n].next) {
        const Check *check = &judge->checks.at[n];
        Text parts[2] = {element(judge, segment, check->element), {"", 0}};
        if (!parts[0].size)
            continue;
        if (check->other) {
            parts[1] = element(judge, segment, check->other);
            if (!among(judge, parts[1], check->qualifiers, check->count))
                continue;
        }
        int good = asked(judge, judge->learn, check->number, check->number, parts, 2);
        if (good != 1)
            return good;
    }
    return 1;
}

/* The last day of a service or stay that a segment tells, "" where it tells none. */
static Text service_day(const Judge *judge, const Segment *segment, uint32_t id)
{
    Text day = {"", 0};
    if (id != packed("DTP", 3) && id != packed("DTM", 3))
        return day;
    if (!among(judge, element(judge, segment, 1), judge->services, judge->service_count))
        return day;
    if (id == packed("DTM", 3))
        return element(judge, segment, 2);
    Text format = element(judge, segment, 2);
    day = element(judge, segment, 3);
    if (format.size == 3 && memcmp(format.at, "RD8", 3) == 0) {
        if (day.size < 17)
            return (Text){"", 0};
        return (Text){day.at + 9, 8};
    }
    if (day.size > 8)
        day.size = 8;
    return day;
}

/* -- laying out ---------------------------------------------------------------------------------------------------------- */

int32_t loop_opened(Judge *judge, int32_t loop, int32_t parent)
{
    if (!ADDED(judge->loops))
        return -1;
    LAST(judge->loops) = (Loop){loop, parent, -1, -1, -1, -1, -1};
    return judge->loops.used - 1;
}

static int has_key(const Judge *judge, const Loop *loop, int32_t key)
{
    for (int32_t each = loop->segment; each >= 0; each = judge->segments.at[each].next)
        if (judge->segments.at[each].key == key)
            return 1;
    return 0;
}

static int has_child(const Judge *judge, const Loop *loop, int32_t kind)
{
    for (int32_t each = loop->child; each >= 0; each = judge->loops.at[each].next)
        if (judge->loops.at[each].loop == kind)
            return 1;
    return 0;
}

static void put(Judge *judge, int32_t loop, int32_t segment)
{
    Loop *in = &judge->loops.at[loop];
    if (in->last_segment < 0)
        in->segment = segment;
    else
        judge->segments.at[in->last_segment].next = segment;
    in->last_segment = segment;
}

static int wait_for(Judge *judge, int32_t waiting, int32_t loop)
{
    if (waiting < 0)
        return 1;
    if (!ADDED(judge->todo))
        return 0;
    LAST(judge->todo) = (Todo){waiting, loop};
    return 1;
}

/* Where a segment goes from a state; NULL where it has no place. */
static const Choice *move_of(Judge *judge, int32_t state, int32_t id, const Segment *segment)
{
    int32_t number = judge->table.at[state * judge->width + id];
    while (number >= 0) {
        const Choice *choice = &judge->choices.at[number];
        if (choice->kind != BY_CODE)
            return choice->kind == MOVE ? choice : NULL;
        Text code = element(judge, segment, choice->element);
        if (choice->component)
            code = component(judge, code, choice->component);
        number = choice->rest;
        for (int32_t n = choice->codes; n < choice->codes + choice->count; n++) {
            if (same(code, judge->coded.at[n].code)) {
                number = judge->coded.at[n].choice;
                break;
            }
        }
    }
    return NULL;
}

/* Whether the unit at hand is silent: 1, 0, or -1 with an exception set. Its sums are added where it is. */
static int unit_silent(Judge *judge, Unit *unit, int speaking)
{
    if (speaking)
        return 0;
    for (int32_t n = 0; n < judge->todo.used; n++) {
        Todo todo = judge->todo.at[n];
        while (judge->waiting.used <= todo.waiting) {
            if (!ADDED(judge->waiting))
                return -1;
            LAST(judge->waiting).count = -1;
        }
        if (judge->waiting.at[todo.waiting].count < 0 && !rules_told(judge, todo.waiting))
            return -1;
        Range range = judge->waiting.at[todo.waiting];
        for (int32_t rule = range.first; rule < range.first + range.count; rule++)
            if (rule_speaks(judge, &judge->rules_of.at[rule], todo.loop))
                return PyErr_Occurred() ? -1 : 0;
    }
    if (unit->summed)
        return 1;
    const Loop *loop = &judge->loops.at[unit->loop];
    const Here here = {unit->loop, -1, NULL};
    for (int pass = 0; pass < 2; pass++) { /* all of them must be known, before one is added */
        for (int32_t n = 0; n < judge->shares.used; n++) {
            const Share *share = &judge->shares.at[n];
            if (share->loop != loop->loop || loop->parent < 0 || share->around != judge->loops.at[loop->parent].loop)
                continue;
            Sum sum = {0, 0};
            int64_t all;
            if (amount_at(judge, share->term, &here, &sum) != 1 || __builtin_add_overflow(judge->sums.at[n], sum.amount, &all))
                return PyErr_Occurred() ? -1 : 0;
            if (!pass)
                continue;
            judge->sums.at[n] = all;
            if (sum.decimals > judge->decimals.at[n])
                judge->decimals.at[n] = sum.decimals;
        }
    }
    unit->summed = 1;
    return 1;
}

/* Close the units that a loop does not stand in. What stood in them makes room; the bounds of the segment at hand move there. */
static void units_closed(Judge *judge, int32_t loop, Segment *segment)
{
    int32_t behind = segment->bounds;
    while (LAST(judge->units).loop != loop && judge->units.used > 1) {
        const Unit *unit = &LAST(judge->units);
        judge->loops.used = unit->loops;
        judge->segments.used = unit->segments;
        judge->pieces.used = unit->pieces;
        segment->bounds = unit->bounds;
        judge->units.used--;
    }
    if (segment->bounds < behind) {
        size_t size = (size_t)(segment->count + 1) * sizeof *judge->bounds.at;
        memmove(judge->bounds.at + segment->bounds, judge->bounds.at + behind, size);
        judge->bounds.used = segment->bounds + segment->count + 1;
    }
}

/* Open a loop in another; false with an exception set. */
static int opened(Judge *judge, const Choice *move, int32_t around, int32_t segment, int judging, int32_t *loop)
{
    int32_t before = judge->loops.used;
    *loop = loop_opened(judge, move->opens, around);
    if (*loop < 0)
        return 0;
    Loop *outer = &judge->loops.at[around];
    if (move->unit == OPENS) {
        if (!ADDED(judge->units))
            return 0;
        LAST(judge->units) = (Unit){*loop, before, segment, judge->segments.at[segment].bounds, judge->pieces.used, !judging};
    } else {
        if (!has_child(judge, outer, move->opens) && !wait_for(judge, move->waiting, around))
            return 0;
        if (outer->last_child < 0)
            outer->child = *loop;
        else
            judge->loops.at[outer->last_child].next = *loop;
        outer->last_child = *loop;
    }
    return wait_for(judge, move->opened, *loop);
}

/* Divide the segment that begins at a byte. Where it ends, NULL where it does not, or with an exception set. */
static const char *divided(Judge *judge, const char *at, const char *stop, Segment *segment)
{
    segment->bounds = judge->bounds.used;
    segment->next = -1;
    segment->count = 0;
    if (!ADDED(judge->bounds))
        return NULL;
    LAST(judge->bounds) = at - 1;
    for (; at < stop; at++) {
        if (*at != judge->element && *at != judge->segment)
            continue;
        if (!ADDED(judge->bounds))
            return NULL;
        LAST(judge->bounds) = at;
        segment->count++;
        if (*at == judge->segment)
            return at;
    }
    return NULL;
}

enum { DONE = 1, BROKEN = -1, SPEAKS = 0 };

/* The end of a piece: judged, and remembered as long as its unit is open. */
static int piece_ended(Judge *judge, Hand *hand, const char *data, const char *at, int judging)
{
    if (judging && at > hand->begin) {
        int old = hand->last[0] && memcmp(hand->last, judge->modern, 8) < 0;
        int silent = unit_silent(judge, &LAST(judge->units), hand->speaking || old);
        if (silent != 1)
            return silent;
        if (!ADDED(judge->pieces))
            return BROKEN;
        LAST(judge->pieces) = (Piece){hand->begin - data, at - data, hand->before};
    }
    judge->todo.used = 0;
    hand->begin = at;
    hand->before = hand->count;
    hand->speaking = 0;
    hand->last[0] = 0;
    return DONE;
}

/* Lay out segments, and judge them where that is asked. Where it stopped: at `stop`, or where the piece begins that speaks; its
   end is in `end`. NULL with an exception set. */
const char *laid_out(Judge *judge, At *here, const char *data, const char *start, const char *stop, int judging, Hand *hand,
                     const char **end)
{
    const char *at = start;
    *hand = (Hand){.begin = start};
    while (1) {
        while (at < stop && (*at == '\r' || *at == '\n') && *at != judge->segment)
            at++;
        if (at == stop)
            break;
        Segment segment;
        const char *behind = divided(judge, at, stop, &segment);
        if (behind == NULL) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_ValueError, "a segment does not end");
            return NULL;
        }
        if ((here->state >= judge->entered.used || !judge->entered.at[here->state]) && !state_told(judge, here->state))
            return NULL;
        Text name = element(judge, &segment, 0);
        uint32_t code = packed(name.at, name.size);
        int32_t id = name.size && name.size < 4 ? judge->id_of[id_place(judge, code)] : -1;
        const Choice *move = id < 0 ? NULL : move_of(judge, here->state, id, &segment);
        if (move == NULL) {
            hand->speaking = 1; /* it has no place: the other judge knows what to do */
            judge->bounds.used = segment.bounds;
            at = behind + 1;
            hand->count++;
            continue;
        }
        int32_t loop = here->loop;
        if (move->unit) {
            int ended = piece_ended(judge, hand, data, at, judging);
            if (ended == BROKEN)
                return NULL;
            if (ended == SPEAKS) {
                *end = at;
                return hand->begin;
            }
        }
        here->state = move->to;
        for (int32_t n = 0; n < move->up; n++)
            loop = judge->loops.at[loop].parent;
        if (move->unit)
            units_closed(judge, loop, &segment);
        segment.key = move->key;
        if (!ADDED(judge->segments))
            return NULL;
        int32_t number = judge->segments.used - 1;
        judge->segments.at[number] = segment;
        if (move->opens >= 0) {
            if (!opened(judge, move, loop, number, judging, &loop))
                return NULL;
        } else if (move->waiting >= 0 && !has_key(judge, &judge->loops.at[loop], move->key)) {
            if (!wait_for(judge, move->waiting, loop))
                return NULL;
        }
        put(judge, loop, number);
        here->loop = loop;
        if (judging && !hand->speaking) {
            int good = judge->checks_of.at[id] < 0 ? 1 : codes_good(judge, &judge->segments.at[number], id);
            if (good < 0)
                return NULL;
            hand->speaking = !good;
            Text day = service_day(judge, &judge->segments.at[number], code);
            if (day.size == 8 && digits_of(day.at, 8) >= 0 && memcmp(day.at, hand->last, 8) > 0)
                memcpy(hand->last, day.at, 8);
        }
        at = behind + 1;
        hand->count++;
    }
    int ended = piece_ended(judge, hand, data, at, judging);
    *end = at;
    return ended == BROKEN ? NULL : ended == SPEAKS ? hand->begin : at;
}
