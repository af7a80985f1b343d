"""What happens in a world, and how often: most claims are fine, as in life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from edi.jobs.worlds import (
    amounts,
    answers,
    fitting,
    histories,
    hospitals,
    households,
    lines,
    manuals,
    misfitting,
    numbering,
    strangers,
)
from edi.jobs.worlds.world import World

Story = Callable[[World], None]

STORIES: Final[tuple[tuple[float, Story], ...]] = (
    (25, fitting.fits), (15, fitting.stands_there), (12, fitting.nothing_asked), (6, fitting.spared), (3, fitting.visits),
    (1, fitting.a_claim_each),
    (2, fitting.placeholder), (2, fitting.second_payer), (0.5, fitting.both_payers),
    (1.5, fitting.answered_not_needed), (1, fitting.fits_a_range),
    (1, fitting.certified_for_days), (1, fitting.without_an_end), (0.7, fitting.without_dates), (1, fitting.replacement),
    (0.7, fitting.void), (0.5, fitting.sent_again), (0.7, fitting.predetermination), (0.5, fitting.reporting),
    (0.5, fitting.one_of_two_stands_there), (0.5, fitting.second_payer_without), (0.5, fitting.a_referral_only),
    (0.5, fitting.by_kind_of_service_only), (0.5, fitting.shared_visits),
    (3, lines.beside_a_visit), (1.5, lines.two_numbers), (0.7, lines.one_stands_there), (0.5, lines.one_line_too_late),
    (0.7, lines.partly_denied), (0.5, lines.given_by_another), (0.3, lines.given_to_another),
    (0.5, lines.each_where_it_belongs), (0.4, lines.placeholder_at_a_line), (0.4, lines.one_for_two_lines),
    (0.3, lines.one_line_ambiguous), (0.4, lines.one_line_missing),
    (0.4, hospitals.extended_stay), (0.4, hospitals.stay_refused), (0.3, hospitals.stay_elsewhere),
    (0.3, hospitals.bill_beside_a_stay), (0.4, hospitals.placeholder_at_a_hospital),
    (0.5, answers.corrected_member_id), (0.5, answers.answered_as_a_subscriber),
    (0.5, answers.number_in_use_elsewhere),
    (0.4, manuals.covered_code), (0.5, manuals.days_of_grace), (0.4, manuals.one_side_of_two), (0.4, manuals.by_anybody),
    (0.4, manuals.under_a_new_tax_id), (0.3, manuals.before_a_new_tax_id), (0.4, manuals.drug_by_ndc),
    (0.3, manuals.drug_runs_out), (0.2, manuals.drug_without_a_rule), (0.4, households.newborn_by_its_mother),
    (0.2, households.newborn_no_more), (0.3, households.newborn_of_its_own), (0.2, households.newborn_elsewhere),
    (0.4, manuals.kind_of_therapy), (0.4, strangers.another_card), (0.3, strangers.slip_in_a_birth_date),
    (0.3, strangers.slip_in_a_dependent_s_name),
    (3, hospitals.hospital_bill), (2, hospitals.stay), (2, hospitals.surgery), (0.5, hospitals.billed_in_parts),
    (0.5, hospitals.stay_on_another_day), (0.4, hospitals.longer_stay), (0.5, hospitals.two_numbers_at_a_hospital),
    (0.3, hospitals.one_number_stands_at_a_hospital),
    (1.5, households.family), (1, households.twins), (0.5, households.only_the_twin_has_one), (0.4, households.of_a_relative),
    (1.5, histories.renewed), (0.7, histories.renewed_by_name), (0.7, histories.extended), (0.4, histories.revised),
    (2, histories.pended_first), (1, histories.answered_twice), (0.5, histories.appealed), (0.5, histories.asked_anew),
    (0.5, histories.issued_anew), (0.5, histories.taken_back), (0.4, histories.between_two), (0.4, histories.ended_and_refused),
    (0.5, histories.one_reference_for_two),
    (3, numbering.missing), (0.7, numbering.excused), (0.4, numbering.excused_in_vain), (0.3, numbering.excused_without_need),
    (1, numbering.unknown), (0.8, numbering.of_another_patient), (0.6, numbering.of_another_service),
    (0.4, numbering.of_a_referral), (1, numbering.mistyped),
    (1.5, misfitting.too_late), (1, misfitting.too_early), (0.4, misfitting.days_stick_out), (0.4, misfitting.dates_of_its_own),
    (1.2, misfitting.near_code), (0.5, misfitting.far_code_on_the_list), (0.4, misfitting.far_code_held),
    (0.5, misfitting.other_side), (1, misfitting.other_provider), (0.4, misfitting.only_referred),
    (1, misfitting.another_practice_too),    (0.6, misfitting.other_place), (0.8, misfitting.other_payer),
    (1, misfitting.pended), (0.7, misfitting.unanswered),
    (0.5, misfitting.rejected), (1.3, misfitting.denied), (0.5, misfitting.asked_too_late), (0.4, misfitting.to_be_called),
    (0.3, misfitting.without_a_number), (0.8, misfitting.two_fit),
    (0.4, amounts.units_run_out), (0.6, amounts.used_up), (0.3, amounts.stands_on_the_first), (0.4, amounts.visits_run_out),
    (0.4, amounts.visits_per_week), (0.4, amounts.changed_when_certified), (0.3, amounts.fewer_after_all),
    (0.3, amounts.one_of_two_used_up), (0.4, amounts.misfits_use_nothing), (0.3, amounts.twice_on_one_day),
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
