/* What the parts of the compiled linker share: claims as far as they are compared, and authorizations likewise. */

#ifndef EDI_SPEED_LINK_H
#define EDI_SPEED_LINK_H

#include "judge.h"

/* -- claims -------------------------------------------------------------------------------------------------------------- */

typedef struct {
    Text last, first, member, gender;
    int32_t birth; /* CCYYMMDD as a number; 0 where none is given */
} Who;

enum { BILLING = 1, SUBSCRIBER, PATIENT };

typedef struct {
    int code;             /* what HL03 says, 0 where it is none of a claim's levels */
    int plain;            /* whether all of it that is compared was read */
    const char *begin, *stop;
    Py_ssize_t offset;    /* in the source */
    Text biller, npi;     /* 2000A: of the billing provider its id, and that where it is an NPI */
    Who who;              /* 2000B and 2000C */
    Text payer, payer_id; /* 2000B: the name, and the id with its outer blanks taken off */
} Level;

typedef struct {
    Text role, npi;
} Giver;

typedef struct {
    Text id, name, member;
} Other; /* another payer of a claim, and who is insured with it */

typedef struct {
    Text number, qualifier, code, procedure, charge, place;
    int64_t amount;
    int32_t day, at; /* where it begins in its claim */
    int32_t givers, giver_count;
    int role; /* whether it is of the one role that is counted here */
} Line;

typedef struct {
    int plain;
    int32_t above[3]; /* the levels above it: 2000A, 2000B and (or -1) 2000C */
    const char *begin, *stop;
    Py_ssize_t offset;
    Text id, charge, place, place_qualifier, held, referral;
    int32_t givers, giver_count, others, other_count, lines, line_count;
    int32_t own; /* behind so many bytes its number belongs */
} Claim;

/* -- authorizations ------------------------------------------------------------------------------------------------------ */

enum { MODIFIERS = 4 };
enum { OPEN, CERTIFIED, ANSWERED, CANCELLED }; /* OPEN: whatever is not one of the others */

typedef struct {
    int decision, limited, plain;
    Text number, qualifier, code, modifiers[MODIFIERS], place, unit;
    int32_t start, end; /* 0 where no dates are certified */
    int64_t amount, used; /* limited: so many, and so many of these are used */
    int32_t npis, npi_count;
} Service;

typedef struct {
    long long id;
    int plain, referral, dependent, touched; /* touched: by a claim that is decided elsewhere, so that what is left is not known */
    int decision;
    Text number, payer_id, payer, members[2];
    Who who;
    int32_t services, service_count, uses; /* uses: the first of those that were told of it, or -1 */
} Answer;

typedef struct {
    uint64_t hash;
    Text text;
    int32_t kind, answer, birth;
} Name; /* by what an authorization is found */

typedef struct {
    uint64_t hash;
    Text text;
    int32_t count;
} Called; /* a CLM01 */

typedef struct {
    Text code;
    int32_t id;
    int always; /* whatever its code */
} Before; /* segments behind which a number stands in a claim or a line */

typedef struct {
    PyObject_HEAD
    PyObject *kept; /* what holds the texts */
    PyObject *asked; /* called with a payer's id, its name and SBR09: whether rules may say something of it; NULL: there are none */
    char element, component, segment;
    char end[4]; /* what stands behind each segment */
    int32_t end_size;
    ARRAY(uint32_t) loops;     /* the ids that begin the loops in a claim or line */
    ARRAY(Before) before[2];   /* of a claim, and of a line */
    ARRAY(Level) levels;
    ARRAY(Claim) claims;
    ARRAY(Line) lines;
    ARRAY(Giver) givers;
    ARRAY(Other) others;
    ARRAY(Text) bounds;

    ARRAY(Answer) answers;
    ARRAY(Service) services;
    ARRAY(Text) npis;
    ARRAY(Name) names;
    ARRAY(Called) called; /* by their hashes */
    int32_t called_room;
    ARRAY(int32_t) near;
} Linker;

enum { BY_MEMBER = 1, BY_NUMBER, BY_PERSON };
enum { NAME_SIZE = 128 };

static inline Text stripped(Text text)
{
    while (text.size && *text.at == ' ')
        text.at++, text.size--;
    while (text.size && text.at[text.size - 1] == ' ')
        text.size--;
    return text;
}

static inline char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static inline int alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static inline int same_upper(Text one, Text other)
{
    if (one.size != other.size)
        return 0;
    for (int32_t n = 0; n < one.size; n++)
        if (upper(one.at[n]) != upper(other.at[n]))
            return 0;
    return 1;
}

static inline uint64_t hash_of(int kind, Text text)
{
    return hashed(kind, &text, 1);
}

/* -- claims.c ------------------------------------------------------------------------------------------------------------ */

/* Divides the segment at `at` into its elements, its id being the first; where the next one begins, NULL where it has no end. */
const char *segment_divided(Linker *, const char *at, const char *stop);
int loop_begins(const Linker *);
int stands_before(const Linker *, int in_line);
/* How long a name is as it is compared (edi.linkage.identity.folded_name); -1 where it is too long to be compared here. */
int folded_name(Text name, char *folded);
int whole_number(Text text, int64_t *number);
int32_t day_of(Text text);
int level_read(Linker *, const char *begin, const char *stop, Py_ssize_t offset);
int claim_read(Linker *, const char *begin, const char *stop, Py_ssize_t offset, const int32_t *above);

/* -- answers.c ----------------------------------------------------------------------------------------------------------- */

int answer_read(Linker *, long long id, const char *record, Py_ssize_t size);

/* -- fitting.c ----------------------------------------------------------------------------------------------------------- */

PyObject *linked(Linker *, PyObject *arguments);

/* -- link.c -------------------------------------------------------------------------------------------------------------- */

extern PyType_Spec linker_spec;

#endif
