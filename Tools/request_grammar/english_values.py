"""Values of English slots. Airlines, hotels, products and the brands behind them are made up; so are the combinations of names."""

from .draw import Draw, Pool, invented

def split_list(text: str) -> list[str]:
    return [part for line in text.split("\n") for part in line.split("|") if part]


ONSETS = "b br c d dr f g gr h k l m n p r s st t tr v w z".split()
VOWELS = "a e i o u ai ea o a e".split()
CODAS = ["", "", "", "l", "n", "r", "s", "m"]


def syllable(draw: Draw) -> str:
    return draw.pick(ONSETS) + draw.pick(VOWELS) + draw.pick(CODAS)


def invented_city(draw: Draw) -> str:
    name = syllable(draw) + draw.pick(["", syllable(draw)]) + draw.pick("ia o ona port ville haven stad by mar ora enze".split())
    return draw.pick(["", "", "", "", "Port ", "San ", "New ", "Bad "]) + name.capitalize()


def invented_brand(draw: Draw) -> str:
    if draw.chance(0.5):
        return f"{draw.pick(BRAND_FIRST)} {draw.pick(BRAND_SECOND)}"
    return (syllable(draw) + syllable(draw) + draw.pick("ox ana ix eo ento elle ura".split())).capitalize()


BRAND_FIRST = "Blue Copper Paper Tin Quiet Amber Little Northern Silver Early Wooden Seven Green Salt".split()
BRAND_SECOND = "Kite Fox Lantern Feather Harbour Meadow Heron Pine Anchor Comet Willow Thistle Otter Sail".split()
# Some cities are given or family names too, and some given names are months, flowers or verbs.
CITIES = """Lisbon|Porto|Oslo|Paris|Florence|Sydney|Austin|Milan|Berlin|Madrid|Vienna|Prague|Rome|Dublin|Bergen|Lyon|Nice|Bath|Reading|Cork
Cairo|Nairobi|Lima|Quito|Havana|Boston|Denver|Houston|Seattle|Toronto|Montreal|Tokyo|Osaka|Kyoto|Seoul|Hanoi|Bangkok|Manila|Jakarta|Mumbai
Delhi|Beijing|Shanghai|Chengdu|Kunming|Xiamen|Singapore|Perth|Auckland|Lincoln|Jackson|Charlotte|Madison|Chelsea|Victoria|Adelaide|London
New York|San Francisco|Los Angeles|Buenos Aires|Cape Town|Hong Kong|Rio de Janeiro|Santa Cruz|Salt Lake City|Abu Dhabi|Tel Aviv|Kuala Lumpur"""
GIVEN = """Anna Ben Clara Daniel Emma Felix Grace Hugo Irene Jonas Karin Leo Maria Nora Oscar Paula Quentin Rita Simon Tara Ursula Victor
Wendy Yusuf Zoe Amir Bianca Carlos Diego Elif Fatima Giorgio Hana Ivan Jana Kofi Lena Mateo Nadia Olga Pedro Rosa Samir Tomas Vera Wei
Paris Florence Sydney Austin Milan Chelsea Victoria Adelaide Charlotte Jackson Lincoln Madison
April May June August Will Mark Rose Bill Penny Grant Frank Faith Pat Sue Drew Chase""".split()
FAMILY_FIRST = "Ash Brad Hart Win Dal Thorn Lang Mar Whit Stan Hol Wes Cald Fair Brook Green Car Har Lind Pres Ell Ober Sand Stein".split()
FAMILY_SECOND = "ford ley ton well man field worth by combe wick berg mann den sen ner ridge gate".split()
FAMILY_OTHER = "March May Day London Rivers Church Bishop Long Young Porter Miller Weiss Rossi Kaya Novak Silva Costa Tanaka Nkosi Park".split()
HOTEL_FORMS = split_list("""Hotel {}|Hotel {}|{} Inn|The {}|{} Palace|Grand {}|{} Lodge|Villa {}|{} Suites|the {} Arms|{} Guesthouse|Casa {}|{} Hostel|
{} Garden Hotel|{} House""")
AIRLINE_FORMS = split_list("{} Air|{} Airways|{} Airlines|Air {}|{}|{}|Fly {}|{} Jet")
PRODUCT_FORMS = split_list("{brand} {kind}|{brand} {kind}|{kind}|{brand} {number}|{brand}|{kind} {number}")
KINDS = """headset|backpack|rain jacket|travel pillow|suitcase|water bottle|phone charger|camera bag|e-reader|umbrella|sleeping bag|power bank
hiking boots|sun hat|travel kettle|lunch box|tent|torch|neck pillow|toilet bag|garment bag|duffel bag|adapter|earbuds|alarm clock|hair dryer
travel iron|beach towel|folding chair|baby carrier|snorkel set|ski helmet|walking poles|first aid kit|cool box|money belt|rain cover|map case"""
ROOM_BEFORE = "quiet|corner|non-smoking|sea view|deluxe|garden view|large|accessible|budget|top floor|superior|balcony"
ROOM_KINDS = """double room|single room|twin|double|single|suite|family room|studio|junior suite|king room|dorm bed|apartment|penthouse|attic room
bungalow|loft|queen room|cabin|triple|twin room|honeymoon suite|bunk"""
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
CURRENCIES = "dollars euros pounds yuan francs crowns pesos bucks rupees yen".split()
MAIL_NAMES = "mail post inbox letters home office".split()


BRANDS = Pool("brands", invented("brands", 150, invented_brand))
POOLS = {
    "city": Pool("cities", split_list(CITIES) + invented("cities", 70, invented_city)),
    "given": Pool("given", GIVEN),
    "family": Pool("family", invented("family", 150, lambda draw: draw.pick(FAMILY_FIRST) + draw.pick(FAMILY_SECOND)) + FAMILY_OTHER),
    "kind": Pool("kinds", split_list(KINDS)),
    "room before": Pool("room before", split_list(ROOM_BEFORE)),
    "room kind": Pool("room kinds", split_list(ROOM_KINDS)),
}


class Codes:
    """Numbers and addresses that are the same in both languages."""

    def __init__(self, draw: Draw, split: str):
        self.generator, self.split = draw, split

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
        given, family = POOLS["given"].draw(draw, self.split).lower(), POOLS["family"].draw(draw, self.split).lower()
        name = draw.pick([f"{given}.{family}", f"{given[0]}.{family}", f"{given}{draw.between(1, 99)}", f"{family}_{given[0]}", given])
        return f"{name}@{draw.pick(MAIL_NAMES)}.example"

    def money(self) -> str:
        draw = self.generator
        return draw.pick([self.digits(2), self.digits(3), f"{self.digits(2)}.{draw.between(10, 99)}", f"{draw.between(1, 9)},{draw.between(1, 9)}00"])


class EnglishValues(Codes):
    """One method for each slot type."""

    def name(self, pool: str) -> str:
        return POOLS[pool].draw(self.generator, self.split)

    def brand(self) -> str:
        return BRANDS.draw(self.generator, self.split)

    def city(self) -> str:
        return self.name("city")

    def person(self) -> str:
        given, family = self.name("given"), self.name("family")
        return self.generator.pick([f"{given} {family}", f"{given} {family}", given, given, family])

    def airline(self) -> str:
        return self.generator.pick(AIRLINE_FORMS).format(self.brand())

    def hotel(self) -> str:
        return self.generator.pick(HOTEL_FORMS).format(self.generator.pick([self.brand, self.brand, self.city, lambda: self.name("family")])())

    def product(self) -> str:
        form = self.generator.pick(PRODUCT_FORMS)
        number = f"{self.letters(1)}{self.digits(1)}" if self.generator.chance(0.5) else self.digits(2)
        return form.format(brand=self.brand(), kind=self.name("kind"), number=number)

    def room(self) -> str:
        kind = self.name("room kind")
        return f"{self.name('room before')} {kind}" if self.generator.chance(0.4) else kind

    def date(self) -> str:
        draw = self.generator
        month, day, number = draw.pick(MONTHS), draw.pick(DAYS), draw.between(1, 28)
        ordinal = f"{number}{'th' if 10 < number < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
        exact = [f"{month} {number}", f"{number} {month}", f"{month} {ordinal}", f"the {ordinal} of {month}", f"the {ordinal}", f"{day} the {ordinal}"]
        exact += [f"2026-{MONTHS.index(month) + 1:02}-{number:02}", f"{MONTHS.index(month) + 1}/{number}", f"{month[:3]} {number}"]
        rough = [day, day, f"next {day}", f"this {day}", f"{day} {draw.pick(['morning', 'evening', 'night'])}", "tomorrow", "today", "next week"]
        rough += ["this weekend", f"the end of {month}", f"early {month}", month, f"next {month}", "the day after tomorrow", "next month", "tonight"]
        return draw.pick(exact if draw.chance(0.55) else rough)

    def day(self) -> str:
        """For good wishes; never a slot."""
        return self.generator.pick(DAYS)

    def time(self) -> str:
        draw = self.generator
        hour, number, minute = draw.pick(HOURS), draw.between(1, 12), draw.pick(["00", "15", "30", "45", "05", "20", "50"])
        forms = [f"{draw.between(6, 23)}:{minute}", f"{number}:{minute} {draw.pick(['am', 'pm'])}", f"{number} {draw.pick(['am', 'pm'])}"]
        forms += [f"{number} o'clock", f"half past {hour}", f"quarter to {hour}", f"{number}{draw.pick(['am', 'pm'])}", hour, "noon", "midnight"]
        return draw.pick(forms)

    def amount(self) -> str:
        draw = self.generator
        number, currency = self.money(), draw.pick(CURRENCIES)
        words = f"{draw.pick(['twenty', 'fifty', 'ninety', 'two hundred', 'a hundred', 'six hundred'])} {currency}"
        return draw.pick([f"${number}", f"{number} {currency}", f"{number} {currency}", f"EUR {number}", f"€{number}", f"{number} USD", words, number])
