"""Make up what people write on a line: amounts, dates, phone numbers, sums, words.

A text may hold spaces, which are gaps, and letters, which a network reads as "?".
"""

from collections.abc import Callable

import numpy as np

from digitlib.training.hands import (
    CURRENCIES,
    DIGITS,
    DIVIDED,
    LETTERS,
    LETTERS_LIKE_DIGITS,
    OTHER_SIGNS,
    TIMES,
)

Random = np.random.Generator

ROUND = 0.25  # share of the numbers that end in zeros
LOOKALIKES = 0.3  # share of the letters in long words that look like a digit
LONG_WORD = 4  # letters


def make_text(random: Random, longest: int) -> str:
    """Make up a text.

    Args:
        random: the random generator.
        longest: the largest number of characters, 1 or more.

    Returns:
        The text, of a kind that is drawn by `SHARES`.
    """
    for _ in range(4):
        kind = KINDS[random.choice(len(KINDS), p=PROBABILITIES)]
        text = kind(random, longest)
        if len(text) <= longest:
            return text
    return number(random, longest)


def number(random: Random, longest: int) -> str:
    """Write some digits, of which some repeat: 5000, 1124."""
    n = int(random.integers(max(1, longest // 3), longest + 1))
    if n > 2 and random.random() < ROUND:
        zeros = int(random.integers(1, n))
        return _digits(random, n - zeros) + "0" * zeros
    return _digits(random, n)


def amount(random: Random, longest: int) -> str:
    """Write an amount, as on a cheque: 1.234,50, 7000, 500.- and the like."""
    n = int(random.integers(2, 8))
    whole = number(random, max(1, min(n, longest - 2)))
    point = _pick(random, ".", ".", ",")
    if len(whole) > 3 and random.random() < 0.7:
        mark = _pick(random, point, point, point, " ")
        whole = f"{whole[:-3]}{mark}{whole[-3:]}"
    cents = "." if point == "," else ","
    end = _pick(
        random, "", "", "", "", point, ".-", "-", ",-", "=", ".=", "--", ":-", "#",
        " #", f"{cents}{_digits(random, 2)}", f"{cents}00", f" {_digits(random, 2)}",
    )  # fmt: skip
    start = _pick(random, *[""] * 12, "-", "=", "+", *CURRENCIES)
    return f"{start}{whole}{end}"


def decimal(random: Random, longest: int) -> str:
    """Write a decimal number: 3.14."""
    whole = _digits(random, int(random.integers(1, 4)))
    part = _digits(random, int(random.integers(1, max(2, min(5, longest - 4)))))
    return f"{_pick(random, '', '', '-')}{whole}{_pick(random, '.', ',')}{part}"


def date(random: Random, longest: int) -> str:
    """Write a date: 12/05/2024, 1.4.23, 2024-04-01."""
    day, month = int(random.integers(1, 32)), int(random.integers(1, 13))
    year = int(random.integers(1900, 2060))
    mark = _pick(random, "/", "/", ".", ".", "-", " ")
    style = "02" if random.random() < 0.6 else ""
    short = f"{year % 100:02}" if random.random() < 0.4 else str(year)
    if random.random() < 0.15:
        return f"{year}{mark}{month:{style}}{mark}{day:{style}}"
    return f"{day:{style}}{mark}{month:{style}}{mark}{short}"


def phone(random: Random, longest: int) -> str:
    """Write a phone number, in groups: 079 123 45 67."""
    mark = _pick(random, " ", " ", " ", "-", "/", "")
    start = _pick(random, "", "", "+", "(")
    first = start + _digits(random, 3) + (")" if start == "(" else "")
    groups = [_digits(random, int(n)) for n in random.integers(2, 4, 3)]
    return mark.join([first, *groups])[: max(1, longest)]


def time(random: Random, longest: int) -> str:
    """Write a time, or a ratio: 12:30."""
    return f"{random.integers(24)}:{random.integers(60):02}"


def calculation(random: Random, longest: int) -> str:
    """Write a sum, with or without its result: 12+34=46, 9-1."""
    numbers = [str(random.integers(10 ** random.integers(1, 4))) for _ in range(3)]
    operators = [
        _pick(random, "+", "+", "+", "-", "-", "-", TIMES, DIVIDED, ":", "/", "x")
        for _ in range(2)
    ]
    n = int(random.integers(2, 4)) if longest > 8 else 2
    text = numbers[0]
    for operator, other in zip(operators, numbers[1:n], strict=False):
        text += operator + other
    end = _pick(random, "", "", "=", "=" + str(random.integers(1000)))
    spaced = random.random() < 0.3
    return "".join(f" {each} " if spaced and each in {*"+-=", TIMES, DIVIDED} else each
                   for each in text + end).strip()  # fmt: skip


def percentage(random: Random, longest: int) -> str:
    """Write a percentage: 12 %, 3.5%."""
    whole = _digits(random, int(random.integers(1, 4)))
    tenth = f".{_digits(random, 1)}" if random.random() < 0.3 else ""
    return f"{whole}{tenth}{_pick(random, '', ' ')}%"


def fraction(random: Random, longest: int) -> str:
    """Write a fraction, a mark, or a number in brackets: 3/4, 17/20, (12)."""
    a, b = (_digits(random, int(n)) for n in random.integers(1, 3, 2))
    return _pick(random, f"{a}/{b}", f"({a})", f"{a}({b})", f"{a})", f"{a}-{b}")


def serial(random: Random, longest: int) -> str:
    """Write a number with letters or other signs in it: A 1234, 12kg, #7."""
    digits = number(random, max(1, longest - 2))
    letter = _pick(random, *LETTERS, *OTHER_SIGNS, *CURRENCIES)
    gap = _pick(random, "", "", " ")
    place = int(random.integers(3))
    if place == 2:
        i = int(random.integers(len(digits) + 1))
        return digits[:i] + letter + digits[i:]
    return letter + gap + digits if place else digits + gap + letter


def word(random: Random, longest: int) -> str:
    """Write letters, small or capital, which are no number."""
    n = int(random.integers(1, max(2, min(12, longest + 1))))
    capital = random.random() < 0.4
    letters = [each for each in LETTERS if capital == each.isupper()]
    alike = [each for each in sorted(LETTERS_LIKE_DIGITS) if capital == each.isupper()]
    usual = random.choice(letters, n)
    is_alike = (random.random(n) < LOOKALIKES) & (n >= LONG_WORD)
    return "".join(np.where(is_alike, random.choice(alike, n), usual).tolist())


def columns(random: Random, longest: int) -> str:
    """Write several numbers side by side: 12345   67891."""
    n = int(random.integers(2, 4))
    size = max(1, (longest - 3 * (n - 1)) // n)
    gap = " " * int(random.integers(1, 4))
    return gap.join(_digits(random, int(random.integers(1, size + 1))) for _ in "." * n)


def nothing(random: Random, longest: int) -> str:
    """Write nothing: only paper is to be seen."""
    return ""


SHARES: dict[Callable[[Random, int], str], float] = {
    number: 0.38,
    amount: 0.19,
    decimal: 0.04,
    date: 0.06,
    phone: 0.04,
    time: 0.02,
    calculation: 0.08,
    percentage: 0.02,
    fraction: 0.03,
    serial: 0.04,
    word: 0.05,
    columns: 0.03,
    nothing: 0.02,
}
KINDS = list(SHARES)
PROBABILITIES = np.array(list(SHARES.values())) / sum(SHARES.values())


def _digits(random: Random, n: int) -> str:
    """Draw digits, of which one in eight is as the one before."""
    drawn = random.integers(0, 10, n)
    again = random.random(n) < 0.12
    for i in range(1, n):
        if again[i]:
            drawn[i] = drawn[i - 1]
    return "".join(DIGITS[each] for each in drawn)


def _pick(random: Random, *choices: str) -> str:
    return choices[random.integers(len(choices))]
