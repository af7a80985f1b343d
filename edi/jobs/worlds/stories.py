"""What happens in a world, and how often: most claims are fine, as in life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from edi.jobs.worlds import amounts, fitting, misfitting, numbering
from edi.jobs.worlds.world import World

Story = Callable[[World], None]

STORIES: Final[tuple[tuple[float, Story], ...]] = (
    (25, fitting.fits), (15, fitting.stands_there), (12, fitting.nothing_asked), (6, fitting.spared), (3, fitting.visits),
    (3, fitting.beside_a_visit), (3, fitting.hospital_bill), (2, fitting.placeholder), (2, fitting.renewed),
    (2, fitting.pended_first), (2, fitting.stay), (2, fitting.surgery), (2, fitting.second_payer), (1.5, fitting.two_numbers),
    (1.5, fitting.family), (1.5, fitting.answered_not_needed), (1, fitting.twins), (1, fitting.fits_a_range),
    (1, fitting.answered_twice), (1, fitting.another_practice_too), (1, fitting.replacement), (0.7, fitting.void),
    (0.7, fitting.predetermination), (0.5, fitting.reporting), (0.5, fitting.one_of_two_stands_there),
    (0.5, fitting.second_payer_without), (0.5, fitting.a_referral_only),
    (3, numbering.missing), (0.5, numbering.only_the_twin_has_one), (0.7, numbering.excused), (0.4, numbering.excused_in_vain),
    (0.3, numbering.excused_without_need), (1, numbering.unknown), (0.8, numbering.of_another_patient),
    (0.4, numbering.of_a_relative), (0.6, numbering.of_another_service), (0.4, numbering.of_a_referral), (1, numbering.mistyped),
    (1.5, misfitting.too_late), (1, misfitting.too_early), (0.5, misfitting.one_line_too_late),
    (0.5, misfitting.stay_on_another_day), (1.2, misfitting.near_code), (0.5, misfitting.far_code_on_the_list),
    (0.4, misfitting.far_code_held), (0.5, misfitting.other_side), (1, misfitting.other_provider), (0.6, misfitting.other_place),
    (0.8, misfitting.other_payer), (1, misfitting.pended), (0.7, misfitting.unanswered), (0.5, misfitting.rejected),
    (1.3, misfitting.denied), (0.7, misfitting.partly_denied), (0.5, misfitting.taken_back), (0.4, misfitting.to_be_called),
    (0.3, misfitting.without_a_number), (0.8, misfitting.two_fit), (0.6, misfitting.two_numbers_at_a_hospital),
    (0.4, amounts.units_run_out), (0.6, amounts.used_up), (0.4, amounts.visits_run_out), (0.4, amounts.visits_per_week),
    (0.3, amounts.fewer_after_all), (0.3, amounts.one_of_two_used_up), (0.4, amounts.longer_stay),
)  # fmt: skip
"""How often each is told, and the story."""


def tell(world: World, size: int) -> None:
    """Tell stories until there are at least `size` claims: each once, in any order, then as often as in life."""
    weights, stories = [weight for weight, _ in STORIES], [story for _, story in STORIES]
    first = world.random.sample(stories, len(stories))
    claims = 0
    while claims < size:
        story = first.pop() if first else world.random.choices(stories, weights)[0]
        world.story = story.__name__.replace("_", "-")
        before = len(world.sequences)
        story(world)
        claims += sum(len(bills) for bills in world.sequences[before:])
