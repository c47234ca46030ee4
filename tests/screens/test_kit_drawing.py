"""Times, charts, progress and form fields as they reach the page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory

from dashboard.ui.charts import Part, bars, slices, sparkline
from dashboard.ui.markup import ago, badge_html, time_html
from dashboard.ui.progress import Progress
from dashboard.ui.views import Action

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(hours=3, minutes=59), "3 hours ago"),
        (timedelta(days=400), "1 year ago"),
        (-timedelta(minutes=5), "in 5 minutes"),
    ],
)
def test_a_moment_is_told_by_its_distance(distance, words):
    assert ago(NOW - distance, NOW) == words


def test_a_time_carries_the_machine_form_and_the_absolute_on_hover():
    html = time_html(NOW)
    assert 'datetime="2026-11-22T10:00:00+00:00"' in html
    assert 'title="22 Nov 2026, 10:00:00 UTC"' in html
    assert ">22 Nov 2026, 10:00:00 UTC<" in time_html(NOW, "absolute")
    assert "never" in time_html(None)


def test_a_badge_escapes_a_word_from_outside():
    assert "<script>" not in badge_html("run_state", "complete", "<script>")


def test_shares_fill_the_bar_and_name_themselves():
    drawn = slices([Part("A", 1), Part("B", 3)])
    assert [(s.start, s.width, s.share) for s in drawn] == [(0, 25, "25.0%"), (25, 75, "75.0%")]
    assert [s.width for s in slices([Part("A", 0), Part("B", 0)])] == [0, 0]
    assert slices([Part("A", 1), Part("B", 99_999)])[0].share == "< 0.1%"


def test_the_longest_bar_is_full_width():
    assert [s.width for s in bars([Part("A", 50), Part("B", 25), Part("C", 0)])] == [100, 50, 0]
    assert bars([]) == []


def test_a_sparkline_says_its_numbers_and_survives_one_or_no_value():
    assert "<title>Calls: 1, 2,500</title>" in sparkline([1, 2500], "Calls")
    assert "<polyline" in sparkline([7], "Calls")
    assert "No data yet" in sparkline([], "Calls")


def test_charts_carry_their_numbers_as_a_table():
    page = Template("{% load ui %}{% share parts 'Mailability' %}{% bars parts 'Causes' %}")
    html = page.render(Context({"parts": [Part("Mailable", 1234, "green", "/x/")]}))
    assert html.count("<caption") == 2
    assert html.count("<td>1,234</td>") == 2
    assert '<a href="/x/">Mailable</a>' in html


@pytest.mark.parametrize(
    ("eta", "words"),
    [
        (30, "less than a minute left"),
        (170, "about 3 min left"),
        (9000, "about 2.5 h left"),
        (None, ""),
    ],
)
def test_the_rest_of_a_run_is_told_in_words(eta, words):
    assert Progress("running", "/", eta=eta).eta_words == words


def test_progress_without_a_total_is_a_bar_without_a_value():
    running = Template("{% include 'ui/progress.html' %}")
    assert Progress("running", "/", 5).percent is None
    assert (
        "value="
        not in re.search(
            "<progress[^>]*>", running.render(Context({"progress": Progress("running", "/")}))
        )[0]
    )
    assert Progress("running", "/", 7, 5).percent == 100


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_nothing_but_itself(name):
    html = get_template(f"{name}.html").render()
    assert "<h1>" in html
    assert "Go to the Overview" in html


def test_a_button_that_acts_at_once_is_a_form_with_the_token_of_the_reader():
    page = get_template("ui/page_head.html")
    button = Action("Sync now", "/sync/", "refresh", "primary", post=True)
    html = page.render({"title": "Run", "actions": [button]}, RequestFactory().get("/"))
    assert '<form method="post" action="/sync/">' in html
    assert re.search('name="csrfmiddlewaretoken" value="[A-Za-z0-9]{64}"', html)


class Sample(forms.Form):
    name = forms.CharField(label="CRM Field ID", help_text="The API name.")
    note = forms.CharField(required=False)
    tick = forms.BooleanField(label="Sure")
    side = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A")])


def _field(form: forms.Form, name: str) -> str:
    return Template("{% load ui %}{% field f %}").render(Context({"f": form[name]}))


def test_a_field_ties_label_help_and_error_to_its_control():
    html = _field(Sample({"name": ""}), "name")
    assert '<label class="form-label" for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext">The API name.' in html
    assert 'id="id_name_error"><li>This field is required.' in html
    assert 'class="form-control is-invalid"' in html


def test_an_optional_field_says_so_and_choices_are_a_fieldset():
    assert "(optional)" in _field(Sample(), "note")
    assert "form-check-input" in _field(Sample(), "tick")
    assert "<legend" in _field(Sample(), "side")
