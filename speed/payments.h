/* What is said of a payment of an 835, and of the claim that it pays: what the parts of it share. See payments.c. */

#ifndef EDI_SPEED_PAYMENTS_H
#define EDI_SPEED_PAYMENTS_H

#include "judge.h"

#include <stdio.h>

enum { ELEMENTS = 20, ROWS = 240, LINES = 64, SENT = 256, MODIFIERS = 4 };
enum { PATIENT, INSURED, CORRECTED, OTHER, RENDERING, PEOPLE };
#define TEXT(literal) ((Text){literal, sizeof(literal) - 1})
#define NONE ((Text){"", 0})

/* -- what is written -------------------------------------------------------------------------------------------------------- */

typedef struct {
    char *at;
    size_t used, room;
    int failed;
} Out;

static inline void put(Out *out, const char *at, size_t size)
{
    if (out->used + size > out->room) {
        size_t room = (out->used + size) * 2;
        char *larger = realloc(out->at, room);
        if (larger == NULL) {
            out->failed = 1;
            return;
        }
        out->at = larger;
        out->room = room;
    }
    memcpy(out->at + out->used, at, size);
    out->used += size;
}

static inline void say(Out *out, const char *text) { put(out, text, strlen(text)); }
static inline void put_text(Out *out, Text text) { put(out, text.at, (size_t)text.size); }

/* A comma where something stands before it in the same object or list. */
static inline void comma(Out *out)
{
    char last = out->used ? out->at[out->used - 1] : '{';
    if (last != '{' && last != '[')
        say(out, ",");
}

static inline void field(Out *out, const char *name, Text value)
{
    comma(out);
    say(out, "\"");
    say(out, name);
    say(out, "\":\"");
    put_text(out, value);
    say(out, "\"");
}

static inline void field_if(Out *out, const char *name, Text value)
{
    if (value.size)
        field(out, name, value);
}

static inline void begin(Out *out, const char *name, const char *bracket)
{
    comma(out);
    if (*name) {
        say(out, "\"");
        say(out, name);
        say(out, "\":");
    }
    say(out, bracket);
}

/* -- the payment ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    Text at[ELEMENTS]; /* 0: the id of the segment */
} Row;

typedef struct {
    Text start, end; /* CCYY-MM-DD; empty where there is none */
} Period;

typedef struct {
    int first, last; /* its rows: from its SVC up to the next */
    Text number, procedure, submitted, revenue;
    int64_t charge;
    Period period;
} Line;

typedef struct {
    char element, component;
    Row rows[ROWS];
    int used, lines;
    Line line[LINES];
    char days[ROWS][10]; /* of the rows that tell one */
    Text group, reason;  /* of the last adjustment that was found harmless: most are the same */
    const Row *people[PEOPLE], *outpatient;
    int64_t charge, sum; /* CLP03, CLP04 */
    Period period;
} Paid;

static inline int is_id(const Row *row, const char *id) { return is(row->at[0], id); }
static inline int is_code(const Row *row, int place, const char *code) { return is(row->at[place], code); }

/* -- the claim ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    Text number, code, revenue, modifiers[MODIFIERS];
    int count;
    int64_t charge;
    Period period;
} SentLine;

typedef struct {
    Text id, subscriber, patient, last_name, first_name, billing, billing_qualifier, payer, payer_name;
    int64_t charge;
    Period period;
    SentLine line[SENT];
    int lines;
} Sent;

/* -- parts.c ------------------------------------------------------------------------------------------------------------- */

/* What is an int is false where it is not sure. */
int told_amount(Out *out, const char *name, Text text);
int told_sum(Out *out, const char *name, Text text, int always, int64_t *amount);
int told_days(Paid *paid, int first, int last, const char *const *codes, Text *days);
int told_adjustments(Out *out, Paid *paid, int first, int last, PyObject *harmless);
Period between(Text begun, Text other, Text ended);
void told_period(Out *out, Period period);
void told_remarks(Out *out, const Paid *paid, int first, int last, const char *list, const char *name);
void told_references(Out *out, const Paid *paid, int first, int last);
int told_figures(Out *out, const Paid *paid, int first, int last, const char *id, const char *name);
void told_person(Out *out, const char *name, const Row *row);
void told_party(Out *out, const char *name, const Row *row);
void told_codes(Out *out, const Row *row);
int told_outpatient(Out *out, const Row *row);
int payment_read(Paid *, const char *delimiters, const char *at, const char *stop, const char *behind, Py_ssize_t size);
int plain_amount(Text, int64_t *amount);

/* -- paid.c -------------------------------------------------------------------------------------------------------------- */

/* `header` is the JSON of what all payments of a remittance say. */
int payment_told(Out *, Paid *, Text header, Py_ssize_t offset, PyObject *harmless);
Text part_of(const Paid *, Text procedure, int number);

/* -- sent.c -------------------------------------------------------------------------------------------------------------- */

int sent_read(const char *at, const char *stop, Sent *);

#endif
