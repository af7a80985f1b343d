"""Units and loops that an expression accepted, stepped over: judged is only that they stand where they may, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from edi.guides.levels import Levels
from edi.guides.placing import Frame, Placing, opened
from edi.guides.table import Place, Step
from edi.guides.walk import Walker
from edi.text.segments import Delimiters, encode


def unit(walker: Walker, elements: Sequence[bytes], code: bytes, offset: int, segments: int, inner: bytes, run: int) -> None:
    """Step over a unit that its expression accepted, with `run` units inside it.

    `elements` are those of its first segment, `code` is its qualifier, `inner` the id that the units inside begin with.
    """
    walker.position += 1
    name, frames = elements[0], walker.frames
    depth, place = _place(walker, name, code)
    if place is None:
        depth, place = _late(walker, name, elements, offset)
        if place is None or place.step is None:
            walker.unknown(name, offset)
            walker.position += segments - 1
            return
    step, frame = place.step, frames[-1]
    assert step is not None  # a unit is a loop
    if frame.step is step and len(frames) == depth + 2 and not frame.missing and not step.needed[frame.group]:
        frames[depth].counts[place] += 1  # one more of the same: its frame serves again
    else:
        walker.advance(depth, place, offset)
        frame = Frame(step, f"{frames[depth].path}/{place.use.id}" if depth else place.use.id)
        if step.first_unit < step.groups:  # only a loop that holds units stays open
            frames.append(frame)
    if walker.pending:
        walker.flush()
    walker.claim, path = None, frame.path
    frame.group, frame.counts = step.first_unit, step.complete.copy()
    if run:
        within = step.units[inner, b""]
        frame.group, frame.counts[within] = within.group, run
    if name == b"HL":
        found = walker.levels.take(elements, depth + 1, (walker.position, offset, path))
        if found:
            walker.levelled(found)
    walker.position += segments - 1


def run(walker: Walker, name: bytes, count: int, offset: int, segments: int) -> bool:
    """Step over units in a row that hold no others, accepted too. False, and nothing is done, where they may not stand."""
    depth, place = _place(walker, name, b"")
    if place is None:
        return False
    met = walker.frames[depth].counts.get(place, 0)
    if place.most is not None and met + count > place.most:
        return False
    walker.position += 1
    walker.advance(depth, place, offset)
    if walker.pending:
        walker.flush()
    walker.frames[depth].counts[place] = met + count
    walker.position += segments - 1
    return True


def loops(walker: Walker, depth: int, place: Place, count: int, offset: int, upcoming: bytes) -> bool:
    """Step over so many loops of one place that were accepted, when the segment behind them fits. False: nothing is done."""
    following = upcoming.split(walker.delimiters.element, walker.reach)
    met = walker.frames[depth].counts.get(place, 0)
    if place.most is not None and met + count > place.most:
        return False
    if walker.find.misses(depth, place) or not walker.find.fits(depth, place, following):
        return False
    walker.position += 1
    walker.advance(depth, place, offset)
    walker.frames[depth].counts[place] = met + count
    return True


def stretch(walker: Walker, accepted: bytes, group: int, offset: int) -> None:
    """Step over segments of the innermost loop that an expression accepted, from a group on of which none was met before."""
    segments = accepted.split(walker.delimiters.segment)[:-1]
    walker.position += 1
    frame = walker.frames[-1]
    left, plain = frame.group, frame.step.plain
    walker.reach_group(group, offset)
    for raw in segments:
        name = _name(walker, raw)
        frame.group, places = plain[name], frame.step.by_id[name]
        place = places[0] if len(places) == 1 else _accepted_as(walker, frame.step, raw)
        frame.counts[place] = frame.counts.get(place, 0) + 1
    walker.position += len(segments) - 1
    before = left if len(segments) == 1 else plain[_name(walker, segments[-2])]
    if before < frame.group:
        at = offset + accepted.rfind(segments[-1].lstrip(b"\r\n"))
        walker.jump = (walker.position, at, len(walker.frames) - 1, place, before)


def _accepted_as(walker: Walker, step: Step, raw: bytes) -> Place:
    """The place that a segment has by its code."""
    return step.of(raw.lstrip(b"\r\n").split(walker.delimiters.element, walker.reach), walker.delimiters)[0]


def _name(walker: Walker, raw: bytes) -> bytes:
    return raw.lstrip(b"\r\n").partition(walker.delimiters.element)[0]


def header(walker: Walker, segments: int, levels: tuple[bytes, ...]) -> bool:
    """Step over a transaction's header that its expression accepted; `levels` are the HL segments in it.

    False, and nothing is stepped over, when those are not in order: then it is to be walked.
    """
    if levels and not _in_order(walker.table.root, walker.delimiters, levels):
        return False
    frame = walker.frames[-1]
    for place in frame.step.places:
        if not place.is_unit and place.segment.id not in walker.table.followers:
            frame.counts[place] = 1
            frame.group = place.group + 1
    walker.position += segments
    return True


@lru_cache(maxsize=1024)
def _in_order(root: Step, delimiters: Delimiters, levels: tuple[bytes, ...]) -> bool:
    """Whether levels that stand where they may count and name each other rightly: of small transactions most have the same."""
    frames, numbers = [Frame(root, "")], Levels()
    find = Placing(frames, delimiters)
    for level in levels:
        elements = level.split(delimiters.element)
        depth, place = find.forward(elements)
        if place is None:
            return False
        depth, place = find.level(depth, place, elements, numbers.named(elements))
        if place.step is None or numbers.take(elements, depth + 1, (0, 0, None)):
            return False
        del frames[depth + 1 :]
        frames[depth].group = place.group
        frames[depth].counts[place] = frames[depth].counts.get(place, 0) + 1
        frames.append(opened(place.step, ""))
    return not numbers.finish()


def stand(walker: Walker, elements: Sequence[bytes]) -> bool:
    """Open what the unit that begins with this segment stands in, as if it and all before were clean.

    So it can be for units of the root and of the units in it; not where their levels have no numbers to go on from.
    """
    header(walker, 0, ())
    level = elements[0] == b"HL" and len(elements) > 3
    for above in _above(walker, elements):
        number = elements[2] if level else b"1"
        code = encode(above.segment.qualifiers[0]) if above.segment.qualifiers else b""
        if not walker.levels.resume(number):
            return False
        unit(walker, [encode(above.segment.id), number, b"", code, b"1"], code, 0, 1, b"", 0)
    walker.position = 0
    return not walker.pending and _place_of(walker, elements) is not None and (not level or walker.levels.resume(elements[1]))


def leave(walker: Walker, elements: Sequence[bytes], offset: int) -> bool:
    """Close what the unit that begins with this segment does not belong to; False where it has no place."""
    depth = _place_of(walker, elements)
    if depth is None:
        return False
    walker.position += 1  # what is missing is missing where the next unit stands
    walker.leave(depth, offset)
    walker.position -= 1
    if elements[0] == b"HL" and len(elements) > 3:
        walker.levelled(walker.levels.close(depth + 1))
    walker.flush()
    return True


def _above(walker: Walker, elements: Sequence[bytes]) -> list[Place]:
    """The unit that a unit stands in; [] where that is the root, or where there is none."""
    root, delimiters = walker.frames[0].step, walker.delimiters
    if any(place.is_unit for place in root.of(elements, delimiters)):
        return []
    for place in root.places:
        if place.is_unit and place.step is not None and any(p.is_unit for p in place.step.of(elements, delimiters)):
            return [place]
    return []


def _place_of(walker: Walker, elements: Sequence[bytes]) -> int | None:
    """How deep the place of a unit is among the open loops."""
    depth, place = walker.find.forward(elements)
    return depth if place is not None and place.is_unit else None


def ahead(walker: Walker, raw: bytes) -> tuple[int, Place | None]:
    """The place ahead of a segment, and how deep it is."""
    elements = raw.split(walker.delimiters.element, walker.reach)
    return walker.find.forward(elements)


def _place(walker: Walker, name: bytes, code: bytes) -> tuple[int, Place | None]:
    """Where a unit goes among the open loops, with room left."""
    frames = walker.frames
    for depth in range(len(frames) - 1, -1, -1):
        frame = frames[depth]
        place = frame.step.units.get((name, code))
        if place is None or place.group < frame.group:
            continue
        if place.most is None or frame.counts.get(place, 0) < place.most:
            return depth, place
    return 0, None


def _late(walker: Walker, name: bytes, elements: Sequence[bytes], offset: int) -> tuple[int, Place | None]:
    """A unit that has no place ahead: one too many, out of its order, or in a loop whose first segment is missing."""
    depth, place = walker.find.anywhere(elements)
    if place is not None:
        walker.too_many(place, walker.frames[depth], offset)
        return depth, place
    return _headless(walker, name, elements, offset)


def _headless(walker: Walker, name: bytes, elements: Sequence[bytes], offset: int) -> tuple[int, Place | None]:
    """A unit inside a loop whose own first segment is missing: the loop is opened, and said to lack it."""
    depth, place = walker.find.headless(elements)
    if place is None:
        return depth, None
    walker.imply(depth, place, offset)
    return walker.find.forward(elements)
