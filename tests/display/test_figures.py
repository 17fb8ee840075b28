import base64
import io
import re
from pathlib import Path

import matplotlib.image
import pytest
from matplotlib.colors import to_rgb

import mlestar_jupyter.display
from mlestar_jupyter.display.figures import ACCENT, NEUTRAL, interval_figure, reliability_figure
from mlestar_jupyter.display.rendering import png

pytestmark = pytest.mark.fast

CSS = (Path(mlestar_jupyter.display.__file__).parent / "templates" / "view.css").read_text()
WHITE, NEAR_BLACK = "#ffffff", "#111111"


def figure():
    return interval_figure(
        ["kept", "not kept"], [1, 2], [0.5, 1], [1.5, 3], x_label="gain", strong=[True, False], zero=True
    )


def luminance(colour, brightness=1.0):
    parts = [min(1.0, brightness * p) for p in to_rgb(colour)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, background, brightness=1.0):
    """The ratio of WCAG 2, of a colour that a filter may have brightened."""
    light, dark = sorted((luminance(colour, brightness), luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def brightness(theme):
    (value,) = re.findall(theme + r"[^{]*img[^{]*\{ filter: brightness\(([\d.]+)\)", CSS)
    return float(value)


def test_words_read_on_white_and_on_near_black_without_a_style_sheet():
    assert contrast(NEUTRAL, WHITE) >= 4.5
    assert contrast(NEUTRAL, NEAR_BLACK) >= 4.1  # 4.35 is the most that any colour has on both


def test_words_have_full_contrast_where_the_theme_is_known():
    assert contrast(NEUTRAL, WHITE, brightness('theme-light="true"')) >= 4.5
    assert contrast(NEUTRAL, NEAR_BLACK, brightness('theme-light="false"')) >= 4.5


@pytest.mark.parametrize("background", [WHITE, NEAR_BLACK])
def test_marks_stand_out(background):
    assert contrast(ACCENT, background) >= 3


def test_background_is_transparent():
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(png(figure()).data)))
    assert pixels[0, 0, 3] == 0
    assert (pixels[..., 3] == 0).mean() > 0.5


def test_same_figure_gives_the_same_image():
    assert png(figure()) == png(figure())


def test_image_is_shown_at_two_thirds_of_its_pixels():
    image = png(figure())
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(image.data)))
    assert image.width == round(pixels.shape[1] * 96 / 144)


def test_kept_marks_are_filled_and_the_others_hollow():
    markers = [line for line in figure().axes[0].lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() for line in markers] == [ACCENT, "none"]


def test_interval_of_no_width_is_drawn():
    drawn = interval_figure(["constant"], [0.5], [0.5], [0.5], x_label="score", strong=[True])
    assert png(drawn).width > 100


def test_reliability_is_drawn_against_the_diagonal_with_the_last_curve_filled():
    before, after = ([0.1, 0.9], [0.3, 0.7]), ([0.2, 0.8], [0.2, 0.8])
    (axes,) = reliability_figure({"before": before, "after": after}).axes
    diagonal, first, last = axes.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    assert (first.get_markerfacecolor(), last.get_markerfacecolor()) == ("none", ACCENT)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["before", "after"]


HOSTILE_LABELS = ["cost_$ per unit_$", r"$\frac{$", "$a$", "\x1b[31mred\nnext", "\x00", "\ud800"]


def test_names_with_dollar_signs_and_control_characters_are_drawn_as_they_are():
    count = len(HOSTILE_LABELS)
    values = list(range(count))
    drawn = interval_figure(HOSTILE_LABELS, values, values, values, x_label="$x_$ of $", strong=[True] * count)
    assert png(drawn).width > 0
    labels = [text.get_text() for text in drawn.axes[0].get_yticklabels()]
    assert labels == ["cost_$ per unit_$", r"$\frac{$", "$a$", r"\x1b[31mred\nnext", r"\x00", r"\ud800"]
    assert not any(text.get_parse_math() for text in drawn.axes[0].get_yticklabels())
