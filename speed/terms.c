/* Conditions, amounts and days of rules: whether one has something to say of a loop. */

#include "judge.h"

#define LISTED 96 /* so many values are held against each other */

static int first_value(Judge *judge, Text text, void *about)
{
    (void)judge;
    *(Text *)about = text;
    return 1;
}

static Text value_at(Judge *judge, int32_t route, const Here *here)
{
    Text found = {"", 0};
    each_value(judge, route, -1, here, first_value, &found);
    return found;
}

static int any_value(Judge *judge, Text text, void *about)
{
    (void)judge, (void)text, (void)about;
    return 1;
}

typedef struct {
    const Term *term;
    int32_t number; /* of the term */
    int there;
} Wanted;

static int is_wanted(Judge *judge, Text text, void *about)
{
    Wanted *wanted = about;
    wanted->there = 1;
    return among(judge, text, wanted->term->codes, wanted->term->count);
}

static int has_wanted(Judge *judge, Text text, void *about)
{
    Wanted *wanted = about;
    wanted->there = 1;
    const char *at = text.at, *end = text.at + text.size, *begin = at;
    for (;; at++) {
        if (at < end && *at != judge->component && !(judge->repeats && *at == judge->repetition))
            continue;
        if (among(judge, (Text){begin, (int32_t)(at - begin)}, wanted->term->codes, wanted->term->count))
            return 1;
        if (at == end)
            return 0;
        begin = at + 1;
    }
}

static int like_wanted(Judge *judge, Text text, void *about)
{
    Wanted *wanted = about;
    wanted->there = 1;
    int32_t number = (int32_t)wanted->term->number;
    int answer = asked(judge, judge->alike, -1 - number, number, &text, 1);
    return answer < 0 ? UNSURE : answer;
}

typedef struct {
    Text texts[LISTED];
    int count;
} Listed;

static int listed(Judge *judge, Text text, void *about)
{
    (void)judge;
    Listed *all = about;
    if (all->count == LISTED)
        return UNSURE;
    all->texts[all->count++] = text;
    return 0;
}

static int summed(Judge *judge, Text text, void *about)
{
    (void)judge;
    Sum *sum = about;
    int64_t more;
    if (!amount_of(text, &more, &sum->decimals) || __builtin_add_overflow(sum->amount, more, &sum->amount))
        return UNSURE;
    return 0;
}

static int counted(Judge *judge, Text text, void *about)
{
    (void)judge, (void)text;
    ((Sum *)about)->amount += SCALE;
    return 0;
}

/* -- terms --------------------------------------------------------------------------------------------------------------- */

/* A day: 1, or ABSENT. */
static int day_at(Judge *judge, const Term *term, const Here *here, Text *day)
{
    if (term->kind == DATE) {
        *day = term->text;
        return 1;
    }
    Text text = value_at(judge, term->route, here);
    if (!text.size)
        return ABSENT;
    if (term->kind == END) {
        const char *dash = memchr(text.at, '-', (size_t)text.size);
        if (dash != NULL && dash + 1 < text.at + text.size)
            text = (Text){dash + 1, (int32_t)(text.at + text.size - dash - 1)};
    }
    if (text.size > 8)
        text.size = 8;
    *day = text;
    return 1;
}

/* An amount: 1, UNSURE or ABSENT. */
int amount_at(Judge *judge, int32_t number, const Here *here, Sum *sum)
{
    const Term *term = &judge->terms.at[number];
    switch (term->kind) {
    case NUMBER:
        sum->amount = term->number;
        return 1;
    case PATH: {
        Text text = value_at(judge, term->route, here);
        if (!text.size)
            return ABSENT;
        return amount_of(text, &sum->amount, &sum->decimals) ? 1 : UNSURE;
    }
    case SUM:
        return each_value(judge, term->route, term->child, here, summed, sum) ? UNSURE : 1;
    case COUNT:
        return each_value(judge, term->route, term->child, here, counted, sum) ? UNSURE : 1;
    case DAYS: {
        Text one, other;
        int64_t from, to;
        const Term *first = &judge->terms.at[term->child];
        if (day_at(judge, first, here, &one) == ABSENT || day_at(judge, &judge->terms.at[first->next], here, &other) == ABSENT)
            return ABSENT;
        if (!day_number(one, &from) || !day_number(other, &to))
            return UNSURE;
        sum->amount = (to - from) * SCALE;
        return 1;
    }
    default:
        for (int32_t part = term->child; part >= 0; part = judge->terms.at[part].next) {
            Sum more = {0, 0};
            int answer = amount_at(judge, part, here, &more);
            if (answer != 1)
                return answer;
            if (__builtin_add_overflow(sum->amount, judge->terms.at[part].which * more.amount, &sum->amount))
                return UNSURE;
        }
        return 1;
    }
}

static int compared(int sign, int64_t one, int64_t other)
{
    switch (sign) {
    case EQUAL: return one == other;
    case UNEQUAL: return one != other;
    case LESS: return one < other;
    case MORE: return one > other;
    case AT_MOST: return one <= other;
    default: return one >= other;
    }
}

typedef struct {
    int32_t term;
    int which;
} Quantified;

static int quantified(Judge *judge, const Here *here, int32_t loop, int32_t segment, void *about)
{
    const Quantified *asked_of = about;
    const Here inner = {loop, segment, here};
    int answer = holds(judge, asked_of->term, &inner);
    if (answer == UNSURE)
        return UNSURE;
    return asked_of->which == EVERY ? !answer : answer; /* what decides it */
}

/* What is said of something absent neither holds nor fails: `lenient` tells what then. */
static int judged(const Term *term, int there, int found)
{
    if (found == UNSURE)
        return UNSURE;
    return there ? found != term->negated : term->lenient;
}

/* Whether a condition holds: 1, 0, or UNSURE. */
int holds(Judge *judge, int32_t number, const Here *here)
{
    const Term *term = &judge->terms.at[number];
    switch (term->kind) {
    case ALL:
    case ANY:
        for (int32_t part = term->child; part >= 0; part = judge->terms.at[part].next) {
            int answer = holds(judge, part, here);
            if (answer == UNSURE || answer == (term->kind == ANY))
                return answer;
        }
        return term->kind == ALL;
    case NOT: {
        int answer = holds(judge, term->child, here);
        return answer == UNSURE ? UNSURE : !answer;
    }
    case GIVEN:
        return (each_value(judge, term->route, -1, here, any_value, NULL) != 0) != term->negated;
    case MOST: {
        Sum sum = {0, 0};
        each_value(judge, term->route, -1, here, counted, &sum);
        return sum.amount / SCALE > term->number;
    }
    case QUANTIFIED: {
        Quantified asked_of = {term->child, term->which};
        int answer = route_hit(judge, term->route, here, quantified, &asked_of);
        return answer == UNSURE ? UNSURE : term->which == SOME ? answer : !answer;
    }
    case IS:
    case HAS:
    case LIKE: {
        Wanted wanted = {term, number, 0};
        Value value = term->kind == IS ? is_wanted : term->kind == HAS ? has_wanted : like_wanted;
        int found = each_value(judge, term->route, -1, here, value, &wanted);
        return judged(&judge->terms.at[number], wanted.there, found);
    }
    case SAME: {
        Listed one = {.count = 0}, other = {.count = 0};
        if (each_value(judge, term->route, -1, here, listed, &one) || each_value(judge, term->other, -1, here, listed, &other))
            return UNSURE;
        int found = 0;
        for (int n = 0; n < one.count && !found; n++)
            for (int m = 0; m < other.count && !found; m++)
                found = same(one.texts[n], other.texts[m]);
        return judged(term, one.count && other.count, found);
    }
    case DIFFER: {
        Listed all = {.count = 0};
        if (each_value(judge, term->route, -1, here, listed, &all))
            return UNSURE;
        for (int n = 1; n < all.count; n++)
            for (int m = 0; m < n; m++)
                if (same(all.texts[n], all.texts[m]))
                    return 0;
        return 1;
    }
    case COMPARED: {
        Sum one = {0, 0}, other = {0, 0};
        int first = amount_at(judge, term->child, here, &one);
        if (first == UNSURE)
            return UNSURE;
        int second = amount_at(judge, judge->terms.at[term->child].next, here, &other);
        if (second == UNSURE)
            return UNSURE;
        return judged(term, first == 1 && second == 1, compared(term->which, one.amount, other.amount));
    }
    case DATED: {
        Text one, other;
        const Term *first = &judge->terms.at[term->child];
        if (day_at(judge, first, here, &one) == ABSENT || day_at(judge, &judge->terms.at[first->next], here, &other) == ABSENT)
            return term->lenient;
        int32_t size = one.size < other.size ? one.size : other.size;
        int order = memcmp(one.at, other.at, (size_t)size);
        if (order == 0)
            order = (one.size > other.size) - (one.size < other.size);
        return judged(term, 1, compared(term->which, order, 0));
    }
    default:
        return UNSURE;
    }
}

int rule_speaks(Judge *judge, const Rule *rule, int32_t loop)
{
    if (!rule->key_count) {
        const Here here = {loop, -1, NULL};
        return holds(judge, rule->term, &here);
    }
    for (int32_t n = 0; n < rule->key_count; n++) {
        int32_t key = judge->numbers.at[rule->keys + n];
        for (int32_t each = judge->loops.at[loop].segment; each >= 0; each = judge->segments.at[each].next) {
            if (judge->segments.at[each].key != key)
                continue;
            const Here here = {loop, each, NULL};
            int answer = holds(judge, rule->term, &here);
            if (answer)
                return answer;
        }
    }
    return 0;
}
