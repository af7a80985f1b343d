/* Records as they are kept: JSON without blanks, read name by name. What is not as expected makes all of it `failed`. */

#ifndef EDI_SPEED_JSON_H
#define EDI_SPEED_JSON_H

#include "judge.h"

typedef struct {
    const char *at, *stop;
    int basic;  /* texts are in printable ASCII, else it fails */
    int failed; /* nothing is said of it; whoever reads on finds no more names, and empty texts */
} Json;

/* Whether an object, or a list, is opened here. */
int json_opened(Json *, char bracket);
/* The next name in an object that was opened, its value ahead; false behind the last. */
int json_named(Json *, Text *name);
/* Whether the next value of a list that was opened stands ahead; false behind the last. */
int json_listed(Json *);
/* A text in which nothing is escaped. */
Text json_text(Json *);
/* Passes over a value. */
void json_passed(Json *);

typedef struct {
    const char *name;
    Text *to;
} Wanted;

/* Some of the texts of an object; a name that is NULL stands behind the last that is wanted. */
void json_texts(Json *, const Wanted *);

#endif
