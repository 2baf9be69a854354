from tests.services.desk import Desk
from triage.services.measure import measure


def test_a_model_is_measured_on_later_threads(desk: Desk) -> None:
    desk.teach(desk.taught())

    none, two, four = measure(desk.database, desk.practice, (0, 2, 4), languages={})

    assert four.together.accuracy > 0.7
    assert four.together.strangers > 0
    assert none.together.judged > two.together.judged > four.together.judged
    assert (none.together.coverage, none.together.error) == (0, 0)


def test_slices_by_language_add_up(desk: Desk) -> None:
    desk.teach(desk.taught())
    first, second = (customer.name for customer in desk.company.customers)

    (found,) = measure(desk.database, desk.practice, (4,), languages={first: "de", second: "en"})

    assert found.by_language.keys() == {"de", "en"}
    assert sum(one.judged for one in found.by_language.values()) == found.together.judged
