import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from mlestar_jupyter.display.view import Action, Diff, Entry, Link, Section, View, Viewed

pytestmark = pytest.mark.fast

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """The tags of a page with their attributes, its visible words, and whether tags close in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words, self.open, self.balanced = [], [], [], True
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.balanced &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def find(self, tag, css=None):
        return [attrs for name, attrs in self.tags if name == tag and css in (None, attrs.get("class"))]


class Result(Viewed):
    def view(self):
        return View("Search", "Found.", ())


@pytest.fixture(scope="module")
def html():
    entry = Entry(
        "2 features: ratios", "✓ kept", "3fa2c1", ("gain +0.01",), "why", ("more",), 0.5,
        (("a claim", Link("a paper", "https://example.org")), ("another", Link("a trap", "javascript:x"))),
        Diff.between("\n".join("abcdefghij"), "\n".join("abcdefghik")), (Action("Accept", "accept 3fa2c1", "a"),),
        (Entry("3 child <script>"),), unfolded=True,
    )  # fmt: skip
    table = pd.DataFrame({"member": ["<b>x</b>", "y"], "weight": [0.25, float("nan")]})
    sections = (
        Section("Attempts", entries=(entry,)),
        Section("Members", table=table, meters=("weight",)),
        Section("Rest", lines=(("advice", "look"),), code="x = 1 < 2", folded=True),
    )
    return View("Refinement & more", "One <kept>.", sections).html()


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_action_has_exactly_the_attributes_that_the_extension_reads(html):
    wanted = (
        '<code class="mlestar-action" data-mlestar-command="accept 3fa2c1" data-mlestar-label="Accept" '
        'data-mlestar-key="a">%mlestar accept 3fa2c1</code>'
    )
    assert wanted in html


def test_tags_close_in_order(page):
    assert page.balanced
    assert page.open == []


def test_outer_element_and_one_style_sheet(page):
    assert page.find("section") == [{"class": "mlestar-view", "aria-label": "Refinement & more"}]
    assert len(page.find("style")) == 1


def test_attempt_carries_its_id_and_starts_open(page):
    assert page.find("details", "mlestar-proposal") == [
        {"class": "mlestar-proposal", "data-mlestar-id": "3fa2c1", "open": None}
    ]


def test_what_a_candidate_says_is_escaped(page):
    assert not page.find("script")
    assert "<b>x</b>" in page.text
    assert "3 child <script>" in page.text


def test_only_web_sources_are_links(page):
    assert [a["href"] for a in page.find("a")] == ["https://example.org"]
    assert "a trap" in page.text


def test_without_styles_words_still_say_everything(page):
    assert "✓ kept 2 features: ratios 3fa2c1 – why · " in page.text
    assert "! advice look" in page.text
    assert "+ k" in page.text
    assert "− j" in page.text


def test_table_has_header_scopes_a_label_and_bars(page):
    assert page.find("table") == [{"class": "mlestar-table", "aria-label": "Members"}]
    assert [a["scope"] for a in page.find("th")] == ["col", "col"]
    assert [a["value"] for a in page.find("meter") if a["value"] == "0.250"] == ["0.250"]
    assert "–" in page.text


def test_folded_section_starts_closed(page):
    assert page.find("details", "mlestar-section") == [{"class": "mlestar-section"}]


def test_style_sheet_sets_no_background_but_that_of_changed_lines(html):
    style = re.search(r"<style>(.*?)</style>", html)[1]
    assert set(re.findall(r"background: ([^;}]+)", style)) == {"none", "rgba(46,160,67,0.18)", "rgba(220,80,80,0.18)"}


def test_style_sheet_touches_nothing_outside_of_a_view(html):
    style = re.search(r"<style>(.*?)</style>", html)[1]
    selectors = [s.strip() for rule in re.findall(r"([^{}]+)\{", style) for s in rule.split(",")]
    assert [s for s in selectors if ".mlestar-view" not in s] == []


def test_bundle_tells_the_extension_that_it_is_a_view():
    bundle = Result()._repr_mimebundle_()
    assert bundle["application/vnd.mlestar.view.v1+json"] == {"v": 1}
    assert bundle["text/plain"] == "== Search ==\nFound."
    assert bundle["text/html"] == Result()._repr_html_()


def test_text_names_actions_and_charts():
    view = View("T", "S.", (Section("A", alt="x 1", actions=(Action("Another", "propose model", "n"),)),))
    assert view.text().splitlines()[-2:] == ["[chart: x 1]", "Another: %mlestar propose model"]


def test_plain_text_shows_control_characters_of_names_and_obeys_none():
    name = "\x1b[31mred\rover\nnext"
    entry = Entry(name, text=name, details=(name,), diff=Diff.between(name, "x"), unfolded=True)
    table = pd.DataFrame({name: [name]})
    section = Section(name, name, table=table, lines=(("pass", name),), alt=name, code=name, entries=(entry,))
    text = View(name, name, (section,)).text()
    assert not {"\x1b", "\r"} & set(text)
    assert r"== \x1b[31mred\rover\nnext ==" in text
    assert r"✓ pass: \x1b[31mred\rover\nnext" in text.splitlines()
