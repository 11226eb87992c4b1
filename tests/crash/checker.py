"""Judges a run: what the provider was promised against what the application got. Pure functions over records."""

import collections
import dataclasses

from ledger import Acknowledgement
from sink import Delivery


@dataclasses.dataclass
class Report:
    acknowledged: int = 0
    delivered: int = 0
    failed_visible: int = 0
    duplicates_by_life: dict[int, int] = dataclasses.field(default_factory=dict)  # life whose end caused them
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def duplicates(self) -> int:
        return sum(self.duplicates_by_life.values())

    def assert_good(self, duplicates_max_per_fault: int) -> None:
        for life, count in self.duplicates_by_life.items():
            if count > duplicates_max_per_fault:
                self.problems.append(f"{count} duplicates after the end of life {life}, more than {duplicates_max_per_fault}")
        shown = "\n  ".join(self.problems[:20])
        assert not self.problems, f"{len(self.problems)} broken promises:\n  {shown}"

    def __str__(self) -> str:
        worst = max(self.duplicates_by_life.values(), default=0)
        return (f"{self.acknowledged} acknowledged, {self.delivered} delivered, {self.failed_visible} failed and visible, "
                f"{self.duplicates} duplicates (at most {worst} per fault)")


def check(acknowledgements: list[Acknowledgement], deliveries: list[Delivery], failed_visible: set[str]) -> Report:
    """deliveries: in the order in which the application read them."""
    report = Report(failed_visible=len(failed_visible))
    by_external = collections.defaultdict(list)
    for delivery in deliveries:
        by_external[delivery.external_id].append(delivery)
    delivered = {delivery.external_id for delivery in deliveries if delivery.succeeded}
    acknowledged = {entry.external_id for entry in acknowledgements}
    report.acknowledged, report.delivered = len(acknowledged), len(delivered)
    for lost in sorted(acknowledged - delivered - failed_visible):
        report.problems.append(f"{lost}: acknowledged, but neither delivered nor failed")
    _check_answers(acknowledgements, report)
    _check_content(acknowledgements, by_external, report)
    _check_attempts(by_external, report)
    _count_duplicates(by_external, report)
    return report


def _check_answers(acknowledgements: list[Acknowledgement], report: Report) -> None:
    first: dict[str, Acknowledgement] = {}
    accepted_as_new: set[str] = set()
    for entry in acknowledgements:
        known = first.setdefault(entry.external_id, entry)
        if known.event_id != entry.event_id:
            report.problems.append(f"{entry.external_id}: acknowledged as event {known.event_id} and as {entry.event_id}")
        if entry.status == 202:
            if entry.external_id in accepted_as_new:
                report.problems.append(f"{entry.external_id}: accepted as new twice")
            accepted_as_new.add(entry.external_id)


def _check_content(acknowledgements: list[Acknowledgement], by_external: dict[str, list[Delivery]], report: Report) -> None:
    for entry in {entry.external_id: entry for entry in acknowledgements}.values():
        for delivery in by_external.get(entry.external_id, ()):
            if delivery.data_sha256 != entry.data_sha256:
                report.problems.append(f"{entry.external_id}: delivered with other data than was sent")
            if delivery.event_id != entry.event_id:
                report.problems.append(f"{entry.external_id}: acknowledged as event {entry.event_id}, delivered as {delivery.event_id}")
    for external_id, sends in by_external.items():
        if len({delivery.body_sha256 for delivery in sends}) > 1:
            report.problems.append(f"{external_id}: its deliveries differ in content")
        if len({delivery.webhook_id for delivery in sends}) > 1:
            report.problems.append(f"{external_id}: its deliveries carry several webhook-ids")


def _check_attempts(by_external: dict[str, list[Delivery]], report: Report) -> None:
    for external_id, sends in by_external.items():
        numbers = [delivery.attempt for delivery in sends]
        if any(later <= earlier for earlier, later in zip(numbers, numbers[1:])):
            report.problems.append(f"{external_id}: attempt numbers repeat or fall: {numbers} in lives "
                                   f"{[delivery.life for delivery in sends]}")


def _count_duplicates(by_external: dict[str, list[Delivery]], report: Report) -> None:
    counts: collections.Counter = collections.Counter()
    for external_id, sends in by_external.items():
        successes = [delivery for delivery in sends if delivery.succeeded]
        for earlier, later in zip(successes, successes[1:]):
            if earlier.life == later.life:
                report.problems.append(f"{external_id}: delivered twice (attempts {earlier.attempt} and {later.attempt}) by one "
                                       f"process, without a fault")
            else:
                counts[earlier.life] += 1
    report.duplicates_by_life = dict(counts)
