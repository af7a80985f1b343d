/* What the parts of the compiled judge share: what it is told of rules, what is at hand, and the texts in it. */

#ifndef EDI_SPEED_JUDGE_H
#define EDI_SPEED_JUDGE_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* -- arrays that grow --------------------------------------------------------------------------------------------------- */

#define ARRAY(type)   \
    struct {          \
        type *at;     \
        int32_t used; \
        int32_t room; \
    }

static inline int grown(void **at, int32_t *room, int32_t used, size_t size)
{
    if (used < *room)
        return 1;
    if (*room > INT32_MAX / 2) {
        PyErr_NoMemory();
        return 0;
    }
    int32_t more = *room ? *room * 2 : 64;
    void *larger = realloc(*at, (size_t)more * size);
    if (larger == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    *at = larger;
    *room = more;
    return 1;
}

/* Room for one more, at the end; false with an exception set where there is no memory. */
#define ADDED(array) (grown((void **)&(array).at, &(array).room, (array).used, sizeof *(array).at) && ++(array).used)
#define LAST(array) ((array).at[(array).used - 1])

/* -- what is told -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    int32_t size;
} Text;

enum { NOWHERE, MOVE, BY_CODE };
enum { OPENS = 1 };

typedef struct {
    int kind;
    /* MOVE: so many loops outward, the state then, the key that the segment is kept under, the loop that it opens (or -1), what
       that means for units, the rules that wait for it, and those that are judged for each such loop (or -1). */
    int32_t up, to, key, opens, unit, waiting, opened;
    /* BY_CODE: the element (and component) with the code, the codes, and where all others go. */
    int32_t element, component, codes, count, rest;
} Choice;

typedef struct {
    Text code;
    int32_t choice;
} Coded;

typedef struct {
    int32_t hops;  /* so many loops at hand further out it begins */
    int32_t start; /* the loop that it begins in: the one at hand, or one around it */
    int within;    /* it is about the segment at hand */
    int alone;     /* there is at most one such segment, and where there are more after all the first counts */
    int32_t loops, loop_count, keys, key_count, elements, element_count;
    int32_t component;
    Text pick;
} Route;

enum {
    ALL, ANY, NOT, GIVEN, QUANTIFIED, IS, HAS, LIKE, SAME, DIFFER, COMPARED, DATED, MOST, /* conditions */
    NUMBER, PATH, SUM, COUNT, DAYS, TOTAL,                                               /* amounts */
    DATE, DAY, END                                                                       /* days */
};
enum { EQUAL, UNEQUAL, LESS, MORE, AT_MOST, AT_LEAST };
enum { SOME, EVERY, NONE };

typedef struct {
    int kind;
    int which; /* the sign of a comparison; some, every or none; what a part of a total is multiplied by */
    int negated, lenient;
    int32_t route, other; /* routes, or -1 */
    int32_t child, next;  /* terms, or -1 */
    int32_t codes, count;
    int64_t number;
    Text text;
} Term;

typedef struct {
    int32_t keys, key_count; /* the segments that it is judged for, each; none: the loop */
    int32_t term;            /* whether it has something to say */
} Rule;

typedef struct {
    int32_t first, count;
} Range;

typedef struct {
    int32_t around, loop, term;
} Share;

typedef struct {
    int32_t number, element, other, qualifiers, count, next;
} Check;

/* -- what is at hand ----------------------------------------------------------------------------------------------------- */

typedef struct {
    int32_t bounds, count; /* its elements lie between count + 1 bounds */
    int32_t key, next;
} Segment;

typedef struct {
    int32_t loop, parent, child, last_child, next, segment, last_segment;
} Loop;

typedef struct {
    int32_t loop, loops, segments, bounds, pieces; /* its loop; what there was before it */
    int summed;
} Unit;

typedef struct {
    int32_t waiting, loop;
} Todo;

typedef struct {
    Py_ssize_t start, stop;
    int32_t before;
} Piece;

typedef struct Here {
    int32_t loop, segment;
    const struct Here *outer;
} Here;

typedef struct {
    uint64_t hash;
    int32_t text, size;
    int32_t kind; /* a check's number, or -1 less an expression's; of an expression twice, for the answer is in `holds` */
    int32_t holds;
} Known;

typedef struct {
    PyObject_HEAD
    PyObject *enter, *rules, *learn, *alike, *kept; /* kept: what holds the texts */
    char element, component, segment, repetition;
    int repeats;
    int32_t services, service_count; /* the codes of days of a service or stay */
    char modern[9];                  /* from this day on what is remembered of codes is good */
    ARRAY(uint32_t) ids;
    int16_t id_of[1024];
    ARRAY(int32_t) checks_of; /* by id */
    ARRAY(Check) checks;
    ARRAY(int32_t) table; /* choices, by state and id; -1 none */
    int32_t states, width;
    ARRAY(char) entered;
    ARRAY(Choice) choices;
    ARRAY(Coded) coded;
    ARRAY(int32_t) numbers;
    ARRAY(Text) texts;
    ARRAY(Route) routes;
    ARRAY(Term) terms;
    ARRAY(Rule) rules_of;
    ARRAY(Range) waiting;
    ARRAY(Share) shares;

    ARRAY(const char *) bounds;
    ARRAY(Segment) segments;
    ARRAY(Loop) loops;
    ARRAY(Unit) units;
    ARRAY(Todo) todo;
    ARRAY(Piece) pieces;
    ARRAY(int64_t) sums;
    ARRAY(int32_t) decimals;

    Known *known;
    int32_t known_room, known_used;
    ARRAY(char) known_text;
} Judge;

#define SCALE 10000 /* amounts are counted in ten-thousandths */

typedef struct {
    int64_t amount;
    int32_t decimals; /* the most that an amount in it is written with */
} Sum;

/* The state, and the loop, at hand. */
typedef struct {
    int32_t state, loop;
} At;

typedef struct {
    const char *begin; /* of the piece at hand: segments of one unit, up to where another begins or goes on */
    int32_t before, count;
    int speaking; /* whether it is known already not to be silent */
    int dated;    /* a day of service was told, and the last is so old that codes must be looked at with it */
    char last[9];
} Hand;

/* -- texts --------------------------------------------------------------------------------------------------------------- */

static inline Text element(const Judge *judge, const Segment *segment, int32_t number)
{
    if (number >= segment->count)
        return (Text){"", 0};
    const char *const *bound = judge->bounds.at + segment->bounds + number;
    return (Text){bound[0] + 1, (int32_t)(bound[1] - bound[0] - 1)};
}

/* A component, the first being 1, and whether there are so many; empty where there are not. */
static inline int component_given(Text text, char separator, int32_t number, Text *found)
{
    const char *at = text.at, *end = text.at + text.size;
    for (; number > 1; number--) {
        at = memchr(at, separator, (size_t)(end - at));
        if (at == NULL)
            return *found = (Text){"", 0}, 0;
        at++;
    }
    const char *stop = memchr(at, separator, (size_t)(end - at));
    *found = (Text){at, (int32_t)((stop == NULL ? end : stop) - at)};
    return 1;
}

static inline Text component(const Judge *judge, Text text, int32_t number)
{
    Text found;
    component_given(text, judge->component, number, &found);
    return found;
}

static inline uint64_t hashed(int32_t kind, const Text *parts, int count)
{
    uint64_t hash = 14695981039346656037u ^ (uint64_t)(uint32_t)kind;
    for (int part = 0; part < count; part++) {
        for (int32_t n = 0; n < parts[part].size; n++)
            hash = (hash ^ (unsigned char)parts[part].at[n]) * 1099511628211u;
        hash = (hash ^ 256) * 1099511628211u;
    }
    return hash ^ hash >> 29;
}

static inline int same(Text one, Text other)
{
    return one.size == other.size && memcmp(one.at, other.at, (size_t)one.size) == 0;
}

static inline int is(Text text, const char *other)
{
    return text.size == (int32_t)strlen(other) && memcmp(text.at, other, (size_t)text.size) == 0;
}

static inline int among(const Judge *judge, Text text, int32_t first, int32_t count)
{
    for (int32_t n = first; n < first + count; n++)
        if (same(text, judge->texts.at[n]))
            return 1;
    return 0;
}

static inline uint32_t packed(const char *at, Py_ssize_t size)
{
    uint32_t id = 0;
    for (Py_ssize_t n = 0; n < size && n < 4; n++)
        id = id << 8 | (unsigned char)at[n];
    return id;
}

/* Where the number of an id stands, or would. */
static inline int32_t id_place(const Judge *judge, uint32_t id)
{
    uint32_t place = id * 2654435761u >> 22;
    while (judge->id_of[place] >= 0 && judge->ids.at[judge->id_of[place]] != id)
        place = (place + 1) & 1023;
    return (int32_t)place;
}

/* -- edi_speed.c --------------------------------------------------------------------------------------------------------- */

/* How long the delimiter is that is told at a place of a tuple, which is set where there is one; -1 with an exception set. */
int delimiter_told(PyObject *told, Py_ssize_t place, char *delimiter);
/* Gives back an object, and so many arrays of it. */
void given_back(PyObject *, void *const *arrays, size_t count);

/* -- told.c -------------------------------------------------------------------------------------------------------------- */

int state_told(Judge *, int32_t state);
int rules_told(Judge *, int32_t number);
int checks_told(Judge *, PyObject *told);
int shares_told(Judge *, PyObject *told);
int services_told(Judge *, PyObject *told);

/* -- values.c ------------------------------------------------------------------------------------------------------------ */

/* Is handed each loop (with segment -1) or segment that a route leads to, or each value; what it returns but 0 ends that. */
typedef int (*Hit)(Judge *, const Here *, int32_t loop, int32_t segment, void *);
typedef int (*Value)(Judge *, Text, void *);

int route_hit(Judge *, int32_t route, const Here *, Hit, void *about);
int each_value(Judge *, int32_t route, int32_t where, const Here *, Value, void *about);
int amount_of(Text, int64_t *amount, int32_t *decimals);
int32_t digits_of(const char *at, int count);
int day_number(Text, int64_t *number);
int asked(Judge *, PyObject *ask, int32_t kind, int32_t number, const Text *parts, int count);

/* -- terms.c ------------------------------------------------------------------------------------------------------------- */

enum { UNSURE = 2, ABSENT = 3 };

int holds(Judge *, int32_t term, const Here *);
int amount_at(Judge *, int32_t term, const Here *, Sum *);
int rule_speaks(Judge *, const Rule *, int32_t loop);

/* -- payments.c ---------------------------------------------------------------------------------------------------------- */

PyObject *payment_paid(PyObject *module, PyObject *arguments);

/* -- units.c ------------------------------------------------------------------------------------------------------------- */

int32_t loop_opened(Judge *, int32_t loop, int32_t parent);
const char *laid_out(Judge *, At *, const char *data, const char *start, const char *stop, int judging, Hand *, const char **end);

#endif
