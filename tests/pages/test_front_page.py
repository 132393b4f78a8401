"""The page all screens live in: whole, under our name, and asking early only for files that are there."""

import re

from pages.shared import front_page


def test_what_is_loaded_early_is_there_each_once_and_charts_wait_until_the_browser_is_idle():
    page = front_page.front_page()
    assert "<title>Pilothouse</title><script>window.__streamlit" in page
    early = re.findall(r'modulepreload" crossorigin href="\./static/js/([^"]+)"', page)
    assert len(early) == len(set(early))
    assert all((front_page.MODULES / name).is_file() for name in early)
    assert {name.split(".")[0] for name in early} >= set(front_page.ALWAYS)
    assert not any(name.startswith(front_page.LATER) for name in early)
    [later] = re.findall(r'import\("\./static/js/([^"]+)"\)', page)
    assert (front_page.MODULES / later).is_file()
