"""What is compared of lines and services, in the SQL of the join: candidates, patients, evidence; `edi.jobs.join` is the rest.

It says what `edi.linkage.identity`, `patients` and `evidence` say, comparison by comparison and in the same order: who reads one
with the other finds the same names.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CANDIDATES", "EVIDENCE"]

CANDIDATES: Final = {
    # The candidates of each claim, as a directory of authorizations finds them.
    "found": """
        select k.claim_id, a.id, bool_or(kind = 'member') as by_member
        from claim_keys k join authorization_keys a using (kind, key)
        group by k.claim_id, a.id
    """,
    "several": """
        select claim from all_claims group by claim having count(*) > 1
    """,
    "alone": """
        select c.* from all_claims c where not exists (select 1 from several s where s.claim = c.claim)
    """,
    # Claims whose lines are compared here.
    "judged": """
        select * from alone where simple and (not plain or claim_id in (select claim_id from found))
    """,
    # Whether the patient is the same, and whether it may be.
    "people": """
        select claim_id, id, mine, perhaps and not mine as perhaps
        from (
            select f.claim_id, f.id,
                coalesce(
                    f.by_member
                    and (a.birth is null or c.birth is null or a.birth = c.birth)
                    and case
                        when a.dependent or c.dependent then a.birth = c.birth and a.gender || c.gender not in ('FM', 'MF')
                        else true
                    end
                    and (
                        (a.birth = c.birth and not (a.dependent or c.dependent))
                        or (a.last <> '' and a.last = c.last and a.first = c.first)
                    ),
                    false
                ) as mine,
                case
                    when a.birth is null or c.birth is null or a.gender || c.gender in ('FM', 'MF') then false
                    when a.last = c.last and a.first = c.first then true
                    when levenshtein(cast(a.birth as string), cast(c.birth as string)) > 4 then false
                    when octets(a.last) + octets(a.first) + octets(c.last) + octets(c.first)
                        > length(a.last) + length(a.first) + length(c.last) + length(c.first) then true
                    else levenshtein(a.last, c.last) <= 0.2 * (length(a.last) + length(c.last))
                        and levenshtein(a.first, c.first) <= 0.2 * (length(a.first) + length(c.first))
                end as perhaps
            from found f join judged c using (claim_id) join authorizations a using (id)
            where not a.referral
        ) p
    """,
    "cancelled": """
        select p.claim_id, a.cancelled as number
        from people p join authorizations a using (id)
        where p.mine and a.cancelled <> ''
        group by p.claim_id, a.cancelled
    """,
}
"""Names are alike in four letters of five at least: then at most a fifth of both together must be changed."""


def _pattern(column: str) -> str:
    """`pattern_of` a code (edi.guides.rules.requirement)."""
    letters = f"length(regexp_extract({column}, '^[A-Z]*', 0))"
    return f"repeat('A', {letters}) || translate(substr({column}, {letters} + 1), '0123456789', '9999999999')"


EVIDENCE: Final = {
    # Each line against each service of its patient: what fits, one thing after the other.
    "measured": f"""
        select p.claim_id, l.position, p.id, o.position as service, o.number, o.label, o.what, o.limited, a.issued,
            o.open or translate(o.number, c.delimiters, '') <> o.number as open,
            l.held <> '' and l.held = o.number as holds,
            o.positive and x.number is null as positive,
            case when x.number is null then o.refused else 'authorization-cancelled' end as refused,
            case
                when a.payer_key <> '' and c.payer_key <> '' then a.payer_key = c.payer_key
                else a.payer_name <> '' and a.payer_name = c.payer_name
            end as payer,
            case
                when o.what = 'revenue code' then l.revenue_code = o.revenue_code
                when o.what = '' or not l.coded or o.qualifier <> l.qualifier then false
                when o.code_end = '' then o.code = l.code
                else l.code between o.code and o.code_end
                    and {_pattern("o.code")} = {_pattern("l.code")} and {_pattern("l.code")} = {_pattern("o.code_end")}
            end as code,
            case when o.modifiers = '' then true else has_all(split(l.modifiers, ' '), split(o.modifiers, ' ')) end as modifiers,
            o.what = 'procedure' and l.coded and o.qualifier = l.qualifier and (
                (length(o.code) >= 4 and substr(o.code, 1, 4) = substr(l.code, 1, 4))
                or (length(o.code_end) >= 4 and substr(o.code_end, 1, 4) = substr(l.code, 1, 4))
            ) as beside,
            case
                when o.starts is null then ''
                when l.starts is null or l.starts < o.starts then 'before-period'
                when l.ends > o.ends then 'after-period'
                else ''
            end as dates,
            case
                when o.starts is null then 0
                when l.starts is null then 1000000
                when l.starts < o.starts then days_between(o.starts, l.starts)
                when l.ends > o.ends then days_between(l.ends, o.ends)
                else 0
            end as distance,
            case
                when o.anyone or (l.npis <> '' and l.npis = o.npis) then true
                else (l.npis <> '' and o.npis <> '' and has_any(split(l.npis, ' '), split(o.npis, ' ')))
                    or (l.tax_ids <> '' and array_contains(split(o.tax_ids, ' '), l.tax_ids))
            end as provider,
            o.place = '' or l.place = '' or o.place_qualifier <> l.place_qualifier or o.place = l.place as place
        from people p
            join judged c using (claim_id)
            join authorizations a using (id)
            join claim_lines l using (claim_id)
            join offers o using (id)
            left join cancelled x on x.claim_id = p.claim_id and x.number = o.number
        where p.mine
    """,
    "staged": """
        select *, code and modifiers as fits,
            case
                when not payer then 0
                when not (code and modifiers) then 1
                when refused <> '' then 2
                when dates <> '' then 3
                when not provider then 4
                when not place then 5
                when positive and number = '' then 6
                else 7
            end as stage
        from measured
    """,
    "evidence": """
        select claim_id, position, id, service, number, label, what, open, limited, issued, holds, positive, distance, stage,
            stage = 7 and positive as certifies,
            case stage
                when 0 then 'other-payer'
                when 1 then 'service-mismatch'
                when 2 then refused
                when 3 then dates
                when 4 then 'provider-mismatch'
                when 5 then 'place-mismatch'
                when 6 then 'call-payer'
                else case when positive then 'linked' else 'not-required' end
            end as verdict,
            case
                when stage = 0 then fits and positive and dates = ''
                else (positive and (code or beside)) or (fits and (positive or refused <> ''))
            end as near
        from staged
    """,
    # What there is for each line.
    "summed": """
        select claim_id, position,
            bool_or(open) as open,
            bool_or(holds) as known,
            bool_or(holds and what = '') as codeless,
            bool_or(stage = 7) as fits, bool_or(stage = 7 and holds) as holds_fits,
            bool_or(near) as near, bool_or(near and holds) as holds_near,
            bool_or(certifies) as certified, bool_or(certifies and holds) as holds_certified,
            bool_or(certifies and limited) as limited, bool_or(certifies and limited and holds) as holds_limited,
            min(case when certifies then number end) as number, max(case when certifies then number end) as last_number,
            min(case when certifies then id end) as id, min(case when certifies then service end) as service,
            sum(case when stage >= 6 then 1 else 0 end) as best
        from evidence
        group by claim_id, position
    """,
}
