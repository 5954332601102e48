"""What values of both languages have in common: codes, addresses, and names that are drawn from pools."""

from .draw import Draw, Pool, invented

# Some given names are cities, months, flowers or verbs too.
GIVEN = """Anna Ben Clara Daniel Emma Felix Grace Hugo Irene Jonas Karin Leo Maria Nora Oscar Paula Quentin Rita Simon Tara
Ursula Victor Wendy Yusuf Zoe Amir Bianca Carlos Diego Elif Fatima Giorgio Hana Ivan Jana Kofi Lena Mateo Nadia Olga
Pedro Rosa Samir Tomas Vera Wei Paris Florence Sydney Austin Milan Chelsea Victoria Adelaide Charlotte Jackson Lincoln
Madison April May June August Will Mark Rose Bill Penny Grant Frank Faith Pat Sue Drew Chase""".split()
FAMILY_FIRST = """Ash Bram Hart Win Dal Thorn Lang Mar Whit Stan Hol Wes Cald Fair
Brook Green Car Har Lind Pres Ell Ober Sand Stein""".split()
FAMILY_SECOND = "ford ley ton well man field worth by combe wick berg mann den sen ner ridge gate".split()
FAMILY_OTHER = "March May Day London Rivers Chapel Bishop Winters Porter Moller Weiss Rossi Kaya Novak Moreira Nkosi Haas".split()
MAIL_NAMES = "mail post inbox letters home office".split()


def family_name(draw: Draw) -> str:
    return draw.pick(FAMILY_FIRST) + draw.pick(FAMILY_SECOND)


LATIN = {"given": Pool("given", GIVEN), "family": Pool("family", invented("family", 150, family_name) + FAMILY_OTHER)}


def listed(text: str) -> list[str]:
    """The parts between line ends and vertical bars."""
    return text.replace("\n", "|").split("|")


class Values:
    """One method for each slot type; the languages add theirs."""

    pools: dict[str, Pool]
    airline_forms: list[str]

    def __init__(self, draw: Draw, split: str):
        self.generator, self.split = draw, split

    def drawn(self, pool: str) -> str:
        return self.pools[pool].draw(self.generator, self.split)

    def city(self) -> str:
        return self.drawn("city")

    def airline(self) -> str:
        return self.generator.pick(self.airline_forms).format(self.drawn("brand"))

    def letters(self, count: int) -> str:
        return "".join(self.generator.pick("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(count))

    def digits(self, count: int) -> str:
        return str(self.generator.between(10 ** (count - 1), 10**count - 1))

    def flight(self) -> str:
        return self.letters(2) + self.generator.pick(["", "", " "]) + self.digits(self.generator.between(3, 4))

    def order(self) -> str:
        form = self.generator.below(5)
        if form == 0:
            return f"{self.letters(2)}-{self.digits(5)}"
        if form == 1:
            return self.letters(2) + self.digits(1) + self.letters(1) + self.digits(2)
        if form == 2:
            return f"{self.digits(5)}-{self.letters(1)}"
        return self.digits(self.generator.between(5, 8))

    def email(self) -> str:
        draw = self.generator
        given, family = (LATIN[pool].draw(draw, self.split).lower() for pool in ("given", "family"))
        numbered = f"{given}{draw.between(1, 99)}"
        name = draw.pick([f"{given}.{family}", f"{given[0]}.{family}", numbered, f"{family}_{given[0]}", given])
        return f"{name}@{draw.pick(MAIL_NAMES)}.example"

    def money(self) -> str:
        draw = self.generator
        cents, hundreds = f"{self.digits(2)}.{draw.between(10, 99)}", f"{draw.between(1, 9)},{draw.between(1, 9)}00"
        return draw.pick([self.digits(2), self.digits(3), cents, hundreds])
