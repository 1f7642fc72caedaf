"""Lists make their headers once, however many rows they show, and show what they did."""

from types import SimpleNamespace

from unfold.templatetags import unfold_list

from ysh.core.admin.headers import remember_headers, remembering


def test_headers_are_made_once_for_a_list_and_anew_for_the_next():
    made = []

    def make(cl):
        made.append(cl.title)
        yield {"text": cl.title}

    ask = remembering(make)
    first, second = SimpleNamespace(title="Kits"), SimpleNamespace(title="Produtos")
    assert [list(ask(first)), list(ask(first)), list(ask(second))] == [
        [{"text": "Kits"}],
        [{"text": "Kits"}],
        [{"text": "Produtos"}],
    ]
    assert made == ["Kits", "Produtos"]


def test_the_themes_lists_remember_and_asking_twice_wraps_once():
    before = unfold_list.result_headers
    remember_headers()
    assert unfold_list.result_headers is before
    assert before.__module__ == "ysh.core.admin.headers"
