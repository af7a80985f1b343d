/* Authorizations as far as linking compares them, read from the JSON of their records, which has no defaults in it; or "not plain".

   An authorization is plain where what it certifies is procedures, none of them a range, for whole numbers of units, each by
   itself: no stays, no patterns, nothing for the event as a whole but its dates and place. */

#include "json.h"
#include "link.h"

/* A day (CCYY-MM-DD) as a number. */
static int32_t day_read(Json *json, Text text)
{
    char digits[8];
    if (text.size == 10) {
        memcpy(digits, text.at, 4);
        memcpy(digits + 4, text.at + 5, 2);
        memcpy(digits + 6, text.at + 8, 2);
    }
    int32_t day = text.size == 10 ? day_of((Text){digits, 8}) : 0;
    json->failed |= !day;
    return day;
}

static void person_read(Json *json, Who *who)
{
    Text birth = {"", 0};
    const Wanted wanted[] = {{"last_name", &who->last}, {"first_name", &who->first}, {"member_id", &who->member},
                             {"gender", &who->gender},  {"birth_date", &birth},      {NULL, NULL}};
    json_texts(json, wanted);
    who->birth = birth.size ? day_read(json, birth) : 0;
    who->member = stripped(who->member);
}

typedef struct {
    Text role, name, id_qualifier, id;
    int otherwise; /* it may be known by a tax id among its references */
} Party;

static const Party NOBODY = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, 0};

static void party_read(Json *json, Party *party)
{
    Text name;
    *party = NOBODY;
    if (!json_opened(json, '{'))
        return;
    while (json_named(json, &name)) {
        Text *to = is(name, "role")           ? &party->role
                   : is(name, "name")         ? &party->name
                   : is(name, "id_qualifier") ? &party->id_qualifier
                   : is(name, "id")           ? &party->id
                                              : NULL;
        party->otherwise |= is(name, "references");
        if (to == NULL)
            json_passed(json);
        else
            *to = json_text(json);
    }
}

/* Adds the NPI of a provider who may give a service, if it is known by one. False where it is known by something else. */
static int provider_added(Linker *linker, const Party *party)
{
    if (is(party->role, "DN") || is(party->role, "DK") || is(party->role, "P3"))
        return 1;
    if (!party->id.size || !is(party->id_qualifier, "XX"))
        return !party->otherwise && !is(party->id_qualifier, "24") && !is(party->id_qualifier, "34") &&
               !is(party->id_qualifier, "FI");
    if (!ADDED(linker->npis))
        return 0;
    LAST(linker->npis) = party->id;
    return 1;
}

static void providers_read(Linker *linker, Json *json, int32_t *begin, int32_t *count)
{
    Party party;
    *begin = linker->npis.used;
    if (!json_opened(json, '['))
        return;
    while (json_listed(json)) {
        party_read(json, &party);
        json->failed |= !provider_added(linker, &party);
    }
    *count = linker->npis.used - *begin;
}

static void period_read(Json *json, int32_t *start, int32_t *end)
{
    Text first = {"", 0}, last = {"", 0};
    const Wanted wanted[] = {{"start", &first}, {"end", &last}, {NULL, NULL}};
    json_texts(json, wanted);
    *start = day_read(json, first);
    *end = day_read(json, last);
}

/* What is certified of a unit that is counted as it is billed. */
static void quantity_read(Json *json, Service *service)
{
    Text amount = {"", 0};
    const Wanted wanted[] = {{"unit", &service->unit}, {"amount", &amount}, {NULL, NULL}};
    json_texts(json, wanted);
    service->limited = 1;
    json->failed |= !(is(service->unit, "UN") || is(service->unit, "FL")) || !whole_number(amount, &service->amount) || !service->amount;
}

static void procedure_read(Json *json, Service *service)
{
    Text name;
    service->qualifier = (Text){"HC", 2};
    if (!json_opened(json, '{'))
        return;
    while (json_named(json, &name)) {
        if (is(name, "code"))
            service->code = json_text(json);
        else if (is(name, "qualifier"))
            service->qualifier = json_text(json);
        else if (is(name, "description"))
            json_passed(json);
        else if (is(name, "modifiers") && json_opened(json, '[')) {
            for (int count = 0; json_listed(json); count++) {
                if (count < MODIFIERS)
                    service->modifiers[count] = json_text(json);
                else
                    json->failed = 1;
            }
        }
        else
            json->failed = 1;
    }
}

static int decision_read(Json *json)
{
    static const char *const answered[] = {"denied", "pended", "contact-payer", "partly-certified", "rejected", "unanswered"};
    Text text = json_text(json);
    for (size_t n = 0; n < sizeof answered / sizeof *answered; n++)
        if (is(text, answered[n]))
            return ANSWERED;
    return is(text, "certified") || is(text, "modified") ? CERTIFIED : is(text, "cancelled") ? CANCELLED : OPEN;
}

static void service_read(Linker *linker, Json *json)
{
    Text name;
    if (!ADDED(linker->services) || !json_opened(json, '{')) {
        json->failed = 1;
        return;
    }
    Service *service = &LAST(linker->services);
    *service = (Service){.plain = 1};
    while (json_named(json, &name)) {
        if (is(name, "decision"))
            service->decision = decision_read(json);
        else if (is(name, "number"))
            service->number = json_text(json);
        else if (is(name, "procedure"))
            procedure_read(json, service);
        else if (is(name, "period"))
            period_read(json, &service->start, &service->end);
        else if (is(name, "quantity"))
            quantity_read(json, service);
        else if (is(name, "place"))
            service->place = json_text(json);
        else if (is(name, "providers"))
            providers_read(linker, json, &service->npis, &service->npi_count);
        else if (is(name, "pattern") || is(name, "doubt") || is(name, "category"))
            json->failed = 1;
        else
            json_passed(json);
    }
    json->failed |= !service->code.size;
}

static void services_read(Linker *linker, Json *json, Answer *answer)
{
    answer->services = linker->services.used;
    if (!json_opened(json, '['))
        return;
    while (json_listed(json))
        service_read(linker, json);
    answer->service_count = linker->services.used - answer->services;
}

/* What stands above the services of an authorization. */
typedef struct {
    int32_t start, end, npis, npi_count;
    Text place;
    Party payer, requester;
} Event;

static void record_read(Linker *linker, Json *json, Answer *answer, Event *event)
{
    Text name;
    Who subscriber = {0};
    if (!json_opened(json, '{'))
        return;
    while (json_named(json, &name)) {
        if (is(name, "kind"))
            answer->referral = is(json_text(json), "referral");
        else if (is(name, "source"))
            json->failed |= !is(json_text(json), "278");
        else if (is(name, "category")) {
            Text category = json_text(json);
            json->failed |= is(category, "AR") || is(category, "IN");
        }
        else if (is(name, "admission") || is(name, "quantity") || is(name, "pattern"))
            json->failed = 1;
        else if (is(name, "decision"))
            answer->decision = decision_read(json);
        else if (is(name, "number"))
            answer->number = json_text(json);
        else if (is(name, "payer"))
            party_read(json, &event->payer);
        else if (is(name, "requester"))
            party_read(json, &event->requester);
        else if (is(name, "subscriber"))
            person_read(json, &subscriber);
        else if (is(name, "patient"))
            person_read(json, &answer->who);
        else if (is(name, "dependent")) {
            answer->dependent = json->at < json->stop && *json->at == 't';
            json_passed(json);
        }
        else if (is(name, "period"))
            period_read(json, &event->start, &event->end);
        else if (is(name, "place"))
            event->place = json_text(json);
        else if (is(name, "providers"))
            providers_read(linker, json, &event->npis, &event->npi_count);
        else if (is(name, "services"))
            services_read(linker, json, answer);
        else
            json_passed(json);
    }
    answer->members[0] = subscriber.member;
    answer->members[1] = answer->who.member;
    answer->payer = event->payer.name;
    answer->payer_id = stripped(event->payer.id);
}

/* What a service inherits of its event. */
static int inherited(Linker *linker, Answer *answer, const Event *event)
{
    int32_t asking = linker->npis.used;
    if (!provider_added(linker, &event->requester))
        return 0;
    for (int32_t n = answer->services; n < answer->services + answer->service_count; n++) {
        Service *service = &linker->services.at[n];
        if (!service->start) {
            service->start = event->start;
            service->end = event->end;
        }
        if (!service->place.size)
            service->place = event->place;
        if (!service->number.size)
            service->number = answer->number;
        service->number = stripped(service->number);
        if (!service->npi_count) {
            service->npis = event->npi_count ? event->npis : asking;
            service->npi_count = event->npi_count ? event->npi_count : linker->npis.used - asking;
        }
    }
    return 1;
}

static int name_added(Linker *linker, int kind, Text text, int32_t answer, int32_t birth)
{
    char folded[NAME_SIZE];
    if (!text.size)
        return 1;
    int size = kind == BY_PERSON ? folded_name(text, folded) : 0;
    if (size < 0 || (kind == BY_PERSON && !size))
        return size == 0;
    if (!ADDED(linker->names))
        return 0;
    uint64_t hash = hash_of(kind, kind == BY_PERSON ? (Text){folded, size} : text) + (uint64_t)birth;
    LAST(linker->names) = (Name){hash, text, kind, answer, birth};
    return 1;
}

/* By what claims find it. */
static int named(Linker *linker, const Answer *answer, int32_t number)
{
    for (int n = 0; n < 2; n++)
        if ((n == 0 || !same(answer->members[0], answer->members[1])) &&
            !name_added(linker, BY_MEMBER, answer->members[n], number, 0))
            return 0;
    for (int32_t n = answer->services; n < answer->services + answer->service_count; n++)
        if (!name_added(linker, BY_NUMBER, linker->services.at[n].number, number, 0))
            return 0;
    return !answer->who.birth || name_added(linker, BY_PERSON, answer->who.last, number, answer->who.birth);
}

/* 1; 0 where what claims it is near cannot be told, or -1 with an exception set. */
int answer_read(Linker *linker, long long id, const char *record, Py_ssize_t size)
{
    Json json = {record, record + size, 1, 0};
    Event event = {.payer = NOBODY, .requester = NOBODY};
    int32_t number = linker->answers.used;
    if (!ADDED(linker->answers))
        return -1;
    LAST(linker->answers) = (Answer){.id = id};
    Answer answer = {.id = id};
    record_read(linker, &json, &answer, &event);
    answer.plain = !json.failed && answer.service_count > 0 && inherited(linker, &answer, &event);
    if (PyErr_Occurred())
        return -1;
    linker->answers.at[number] = answer;
    if (!answer.plain)
        return 0;
    return named(linker, &answer, number) ? 1 : PyErr_Occurred() ? -1 : 0;
}
