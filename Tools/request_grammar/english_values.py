"""Values of English slots. Airlines, hotels, products and the brands behind them are made up; so are the combinations of names."""

from .draw import Draw, Pool, invented
from .values import LATIN, Values, listed

# Syllables of invented cities and brands.
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
# Some cities are given or family names too.
CITIES = """Lisbon|Porto|Oslo|Paris|Florence|Sydney|Austin|Milan|Berlin|Madrid|Vienna|Prague|Rome|Dublin|Bergen|Lyon|Nice|Bath
Reading|Cork|Cairo|Nairobi|Lima|Quito|Havana|Boston|Denver|Houston|Seattle|Toronto|Montreal|Tokyo|Osaka|Kyoto|Seoul
Hanoi|Bangkok|Manila|Jakarta|Mumbai|Delhi|Beijing|Shanghai|Chengdu|Kunming|Xiamen|Singapore|Perth|Auckland|Lincoln
Jackson|Charlotte|Madison|Chelsea|Victoria|Adelaide|London|New York|San Francisco|Los Angeles|Buenos Aires|Cape Town
Hong Kong|Rio de Janeiro|Santa Cruz|Salt Lake City|Abu Dhabi|Tel Aviv|Kuala Lumpur"""
HOTEL_FORMS = listed(
    "Hotel {}|Hotel {}|{} Inn|The {}|{} Palace|Grand {}|{} Lodge|Villa {}|{} Suites|the {} Arms|"
    "{} Guesthouse|Casa {}|{} Hostel|{} House"
)
AIRLINE_FORMS = listed("{} Air|{} Airways|{} Airlines|Air {}|{}|{}|Fly {}|{} Jet")
PRODUCT_FORMS = listed("{brand} {kind}|{brand} {kind}|{kind}|{brand} {number}|{brand}|{kind} {number}")
KINDS = """headset|backpack|rain jacket|travel pillow|suitcase|water bottle|phone charger|camera bag|e-reader|umbrella
sleeping bag|power bank|hiking boots|sun hat|travel kettle|lunch box|tent|torch|neck pillow|toilet bag|garment bag
duffel bag|adapter|earbuds|alarm clock|hair dryer|travel iron|beach towel|folding chair|baby carrier|snorkel set
ski helmet|walking poles|first aid kit|cool box|money belt|rain cover|map case"""
ROOM_BEFORE = "quiet|corner|non-smoking|sea view|deluxe|garden view|large|accessible|budget|top floor|superior|balcony"
ROOM_KINDS = """double room|single room|twin|double|single|suite|family room|studio|junior suite|king room|dorm bed|apartment
penthouse|attic room|bungalow|loft|queen room|cabin|triple|twin room|honeymoon suite|bunk"""
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
CURRENCIES = "dollars euros pounds yuan francs crowns pesos bucks rupees yen".split()

POOLS = {
    "brand": Pool("brands", invented("brands", 150, invented_brand)),
    "city": Pool("cities", listed(CITIES) + invented("cities", 70, invented_city)),
    **LATIN,
    "kind": Pool("kinds", listed(KINDS)),
    "room before": Pool("room before", listed(ROOM_BEFORE)),
    "room kind": Pool("room kinds", listed(ROOM_KINDS)),
}


class EnglishValues(Values):
    """One method for each slot type."""

    pools = POOLS
    airline_forms = AIRLINE_FORMS

    def person(self) -> str:
        given, family = self.drawn("given"), self.drawn("family")
        return self.generator.pick([f"{given} {family}", f"{given} {family}", given, given, family])

    def hotel(self) -> str:
        return self.generator.pick(HOTEL_FORMS).format(self.drawn(self.generator.pick(["brand", "brand", "city", "family"])))

    def product(self) -> str:
        form = self.generator.pick(PRODUCT_FORMS)
        number = f"{self.letters(1)}{self.digits(1)}" if self.generator.chance(0.5) else self.digits(2)
        return form.format(brand=self.drawn("brand"), kind=self.drawn("kind"), number=number)

    def room(self) -> str:
        kind = self.drawn("room kind")
        return f"{self.drawn('room before')} {kind}" if self.generator.chance(0.4) else kind

    def date(self) -> str:
        draw = self.generator
        month, day, number = draw.pick(MONTHS), draw.pick(DAYS), draw.between(1, 28)
        ordinal = f"{number}{'th' if 10 < number < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
        exact = [f"{month} {number}", f"{number} {month}", f"{month} {ordinal}", f"the {ordinal} of {month}", f"the {ordinal}"]
        exact += [f"{day} the {ordinal}", f"2026-{MONTHS.index(month) + 1:02}-{number:02}"]
        exact += [f"{MONTHS.index(month) + 1}/{number}", f"{month[:3]} {number}"]
        rough = [day, day, f"next {day}", f"this {day}", f"{day} {draw.pick(['morning', 'evening', 'night'])}", "tomorrow", "today"]
        rough += ["next week", "this weekend", f"the end of {month}", f"early {month}", month, f"next {month}"]
        rough += ["the day after tomorrow", "next month", "tonight"]
        return draw.pick(exact if draw.chance(0.55) else rough)

    def day(self) -> str:
        """For good wishes; never a slot."""
        return self.generator.pick(DAYS)

    def time(self) -> str:
        draw = self.generator
        hour, number, minute = draw.pick(HOURS), draw.between(1, 12), draw.pick(["00", "15", "30", "45", "05", "20", "50"])
        half = draw.pick(["am", "pm"])
        forms = [f"{draw.between(6, 23)}:{minute}", f"{number}:{minute} {half}", f"{number} {half}", f"{number}{half}"]
        forms += [f"{number} o'clock", f"half past {hour}", f"quarter to {hour}", hour, "noon", "midnight"]
        return draw.pick(forms)

    def amount(self) -> str:
        draw = self.generator
        number, currency = self.money(), draw.pick(CURRENCIES)
        words = f"{draw.pick(['twenty', 'fifty', 'ninety', 'two hundred', 'a hundred', 'six hundred'])} {currency}"
        usual = f"{number} {currency}"
        return draw.pick([f"${number}", usual, usual, f"EUR {number}", f"€{number}", f"{number} USD", words])
