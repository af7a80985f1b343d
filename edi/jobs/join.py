"""The join of claims and authorizations, in SQL that DuckDB and Spark read alike.

It reads the tables of `edi.jobs.facts`, compares as `edi.jobs.comparing` has it, and says of lines what `edi.linkage.matching`
says. Its rows are those of `edi.linkage.placement`: one for a claim (`position` null), or one for each line. Claims of which it
tells nothing are for the library.

What the engines call differently are functions that they are given before: `has_all(words, wanted)`, `has_any(words, wanted)`,
`days_between(later, earlier)` and `octets(word)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edi.jobs.comparing import CANDIDATES, EVIDENCE
from edi.linkage.verdict import Verdict

__all__ = ["JOIN", "STEPS", "TOLD"]

_ORDER: Final = " ".join(Verdict)
"""Of two that came equally far the first of these verdicts is told."""

_OUTCOMES: Final = {
    "unsure": """
        select distinct claim_id from people where perhaps
    """,
    # Numbers on claims that are known, whoever's they are.
    "elsewhere": """
        select l.claim_id, l.position
        from claim_lines l join judged c using (claim_id) join found f using (claim_id) join offers o using (id)
        where l.held <> '' and o.number = l.held
        group by l.claim_id, l.position
    """,
    # The claim's number stands for the lines that it fits; else for those that it is near, else for all.
    "standing": """
        select claim_id, position, held, held_at, placeholder and not known and not elsewhere as placeholder, known, elsewhere
        from (
            select *,
                case
                    when held_at <> '2300' then true
                    when bool_or(held_at = '2300' and fits) over (partition by claim_id) then fits
                    when bool_or(held_at = '2300' and near) over (partition by claim_id) then near
                    else true
                end as stands
            from (
                select l.claim_id, l.position, l.held, l.held_at, l.placeholder,
                    coalesce(s.known, false) as known,
                    coalesce(case when s.known then s.holds_fits else s.fits end, false) as fits,
                    coalesce(case when s.known then s.holds_near else s.near end, false) as near,
                    x.claim_id is not null as elsewhere
                from claim_lines l
                    join judged c using (claim_id)
                    left join summed s using (claim_id, position)
                    left join elsewhere x on x.claim_id = l.claim_id and x.position = l.position
                where l.held <> ''
            ) h
        ) h
        where stands
    """,
    # Of lines that nothing certifies, what was answered, else the nearest of what does not fit.
    "spoken": f"""
        select claim_id, position, verdict, number
        from (
            select e.claim_id, e.position, e.verdict, e.number,
                row_number() over (
                    partition by e.claim_id, e.position
                    order by e.stage desc, case when e.stage = 7 then e.label end, e.distance,
                        coalesce(e.issued, date '0001-01-01') desc, array_position(split('{_ORDER}', ' '), e.verdict),
                        e.label desc, e.service desc
                ) as nth
            from evidence e
                join summed s using (claim_id, position)
                left join standing h using (claim_id, position)
            where not s.certified
                and (e.near or e.stage = 7 or (h.held is not null and e.holds))
                and (e.holds or not (h.held is not null and s.known))
        ) e
        where nth = 1
    """,
    "verdicts": """
        select l.claim_id, l.position, l.crowded, l.role, l.starts, l.one_day, l.amount, l.demand,
            coalesce(h.held, '') as held, coalesce(h.held_at, '') as held_at, s.id, s.service,
            coalesce(s.open, false) or (coalesce(s.codeless, false) and h.held is not null) as open,
            coalesce(s.best, 0) as best, u.claim_id is not null as unsure,
            h.held is not null and not h.placeholder as carrying,
            case when h.held is not null and s.holds_certified then s.holds_limited else coalesce(s.limited, false) end as asks,
            case
                when s.certified and h.held is not null and s.holds_certified then 'already-linked'
                when s.certified and s.number <> s.last_number then 'ambiguous'
                when s.certified and h.held is not null and not h.placeholder then 'wrong-number'
                when s.certified then 'linked'
                when h.held is not null and not h.placeholder and not h.known
                    then case when h.elsewhere then 'wrong-number' else 'number-unknown' end
                else coalesce(e.verdict, 'requirement-unknown')
            end as verdict,
            case
                when s.certified and h.held is not null and s.holds_certified then h.held
                when s.certified then case when s.number = s.last_number then s.number else '' end
                when h.held is not null and not h.placeholder and not h.known then h.held
                else coalesce(e.number, '')
            end as number
        from claim_lines l
            join judged c using (claim_id)
            left join summed s using (claim_id, position)
            left join standing h using (claim_id, position)
            left join spoken e using (claim_id, position)
            left join unsure u on u.claim_id = l.claim_id
    """,
    # Claims of which everything can be told, but how many units there are.
    "certain": """
        select l.claim_id
        from verdicts l join judged c using (claim_id)
        group by l.claim_id
        having not bool_or(
                l.open or l.crowded or (l.asks and l.best > 1) or (l.unsure and l.verdict = 'requirement-unknown')
            )
            and coalesce(min(case when l.asks then l.id end) = max(case when l.asks then l.id end), true)
            and not (
                bool_or(c.institutional)
                and coalesce(
                    min(case when l.verdict in ('linked', 'already-linked') then l.number end)
                    <> max(case when l.verdict in ('linked', 'already-linked') then l.number end),
                    false
                )
            )
    """,
}

_UNITS: Final = {
    # Lines that use what an authorization certifies up to a limit.
    "asking": """
        select l.claim_id, l.position, l.id, l.service, l.role, l.starts, l.demand, o.pool, o.counts, o.most, o.countable,
            l.verdict <> 'wrong-number' as takes,
            l.amount,
            o.counts = 'units' or (o.counts = 'dates' and l.one_day) as orderly
        from verdicts l join certain using (claim_id) join offers o on o.id = l.id and o.position = l.service
        where l.asks
    """,
    # Authorizations that claims may use which are not told here.
    "others": """
        select e.id
        from evidence e
        where (e.certifies or e.open or (e.holds and e.what = ''))
            and not exists (select 1 from certain c where c.claim_id = e.claim_id)
        union
        select f.id
        from found f join all_claims c using (claim_id)
        where f.by_member
            and not exists (select 1 from judged j where j.claim_id = f.claim_id)
            and not exists (select 1 from alone l where l.claim_id = f.claim_id and l.copied)
        union
        select id
        from authorizations
        where counted in (select counted from authorizations group by counted having count(*) > 1)
    """,
    # Authorizations with limits: whether there is enough for all that ask, and whether all ask one after the other.
    "enough": """
        select *
        from (
            select u.id,
                bool_and(u.countable) and sum(u.demand) <= min(a.most) as ample,
                bool_and(u.orderly and u.takes) as orderly
            from asking u join authorizations a using (id)
            where not exists (select 1 from others o where o.id = u.id)
            group by u.id
        ) u
        where ample or orderly
    """,
    "queue": """
        select *, min(nth) over (partition by id, pool, role, starts) as day
        from (
            select u.*, row_number() over (partition by id, pool, role order by claim_id, position) as nth
            from asking u
            where u.id in (select id from enough where not ample)
        ) u
    """,
    "granted": """
        select claim_id, position, id, service,
            case
                when counts = 'dates' then case when day_nth <= most then 1 else 0 end
                when amount <= rest + case when rest > 0 then 0.00001 else 0 end then 1
                when rest > 0 then 0.5
                else 0
            end as part
        from (
            select q.*, case when most - coalesce(before, 0) > 0.00001 then most - coalesce(before, 0) else 0 end as rest
            from (
                select q.*,
                    dense_rank() over (partition by id, pool, role order by day) as day_nth,
                    sum(amount) over (
                        partition by id, pool, role order by nth rows between unbounded preceding and 1 preceding
                    ) as before
                from queue q
            ) q
        ) q
    """,
    "rooms": """
        select claim_id, position, 'all' as room from asking where id in (select id from enough where ample)
        union all
        select claim_id, position,
            case
                when part = 1 then 'all'
                when part > 0 then 'some'
                when max(part) over (
                    partition by claim_id, id, service order by position rows between unbounded preceding and 1 preceding
                ) > 0 then 'some'
                else 'none'
            end
        from granted
    """,
    # Claims of which nothing can be told, as who else asks is not known here.
    "waiting": """
        select distinct a.claim_id
        from asking a left join rooms r using (claim_id, position)
        where r.room is null
    """,
}

_ROWS: Final = {
    "outcomes": """
        select l.claim_id, l.position, l.held, l.held_at, l.number, o.verdict, c.institutional,
            not l.carrying and o.verdict in ('linked', 'units-short') as written,
            o.verdict in ('linked', 'already-linked', 'units-short') as carried,
            o.verdict in ('requirement-unknown', 'not-required') as benign,
            case when not l.carrying or o.verdict = 'ambiguous' or (o.verdict = 'wrong-number' and l.number <> l.held)
                then l.held else '' end as previous,
            case when l.carrying or o.verdict = 'ambiguous' then l.held_at else '' end as placement
        from verdicts l
            join certain using (claim_id)
            join judged c using (claim_id)
            join (
                select l.claim_id, l.position,
                    case
                        when not l.asks or r.room = 'all' then l.verdict
                        when r.room = 'some' then 'units-short'
                        else 'units-used-up'
                    end as verdict
                from verdicts l left join rooms r using (claim_id, position)
            ) o using (claim_id, position)
        where not exists (select 1 from waiting w where w.claim_id = l.claim_id)
    """,
    "writing": """
        select claim_id,
            count(*) as lines,
            bool_and(written) as all_written,
            bool_or(held_at = '2400') as at_line,
            bool_or(written and previous <> '') and bool_and(written or benign) as in_place,
            min(case when carried then number end) = max(case when carried then number end) as one
        from outcomes
        group by claim_id
    """,
    "placed": """
        select *, case when written and placement = '2400' and held_at <> '2400' then '' else previous end as before
        from (
            select o.claim_id, o.position, o.held_at, o.number, o.verdict, o.written, o.carried, o.benign, o.previous, w.lines,
                case
                    when not o.written then o.placement
                    when o.institutional then case when o.held_at = '2400' then '2400' else '2300' end
                    when w.one and not w.at_line and (w.all_written or w.in_place) then '2300'
                    else '2400'
                end as placement
            from outcomes o join writing w using (claim_id)
        ) o
    """,
    # Whether all lines of a claim are told in one row: all the same, or the same but for those that need none.
    "shaped": """
        select claim_id, verdict, number, written, placement,
            lines = 1 or (same and placement <> '2400') or (main_same and carried and placement not in ('', '2400')) as one
        from (
            select claim_id,
                min(lines) as lines,
                min(verdict) = max(verdict) and min(number) = max(number) and min(before) = max(before)
                    and bool_and(written) = bool_or(written) and min(placement) = max(placement) as same,
                coalesce(
                    min(case when not benign then verdict end) = max(case when not benign then verdict end)
                    and min(case when not benign then number end) = max(case when not benign then number end)
                    and min(case when not benign then before end) = max(case when not benign then before end)
                    and bool_and(benign or written) = bool_or(not benign and written)
                    and min(case when not benign then placement end) = max(case when not benign then placement end),
                    false
                ) as main_same,
                bool_and(benign or carried) as carried,
                coalesce(min(case when not benign then verdict end), min(verdict)) as verdict,
                coalesce(min(case when not benign then number end), min(number)) as number,
                bool_or(written) as written,
                coalesce(min(case when not benign then placement end), min(placement)) as placement
            from placed
            group by claim_id
        ) p
    """,
}
TOLD: Final = """
select claim_id, cast(null as bigint) as position, verdict, number, written, placement from shaped where one
union all
select p.claim_id, p.position, p.verdict, p.number, p.written, p.placement
from placed p join shaped s using (claim_id)
where not s.one
union all
select claim_id, null, 'not-applicable', '', false, '' from alone where copied
union all
select claim_id, null, 'requirement-unknown', '', false, ''
from alone a
where plain and not exists (select 1 from found f where f.claim_id = a.claim_id)
"""

STEPS: Final[Mapping[str, str]] = MappingProxyType({**CANDIDATES, **EVIDENCE, **_OUTCOMES, **_UNITS, **_ROWS})
"""What the join goes by, one after the other: each reads those above it."""
JOIN: Final = f"with {', '.join(f'{name} as ({select})' for name, select in STEPS.items())}{TOLD}"
"""All of it. What it tells of a claim is all that there is to tell; the claims that it does not tell it leaves to the library."""
