"""Invented people and companies of the demo; nobody in here exists."""

from __future__ import annotations

from dataclasses import dataclass

FIRST = (
    "Ada", "Aino", "Alma", "Amara", "Anders", "Anika", "Arash", "Aylin", "Beatriz", "Bram",
    "Camille", "Chidi", "Clara", "Dario", "Devi", "Ebba", "Edwin", "Elena", "Emeka", "Farid",
    "Freya", "Gael", "Giulia", "Hana", "Henrik", "Ines", "Ivo", "Jana", "Joao", "Kaito",
    "Karin", "Kofi", "Lars", "Leila", "Linnea", "Lucia", "Malik", "Marta", "Mateo", "Mei",
    "Mika", "Nadia", "Nils", "Noor", "Olga", "Otto", "Paloma", "Petra", "Quentin", "Rafael",
    "Rosa", "Sana", "Sofia", "Stefan", "Tariq", "Tess", "Tomas", "Uma", "Vera", "Viktor",
    "Wanda", "Xavier", "Yara", "Yusuf", "Zoe",
)  # fmt: skip
LAST = (
    "Abebe", "Ahlberg", "Almeida", "Andersson", "Aydin", "Bakker", "Baros", "Becker", "Bianchi",
    "Blanc", "Campos", "Carvalho", "Chen", "Costa", "Dahl", "Diallo", "Dubois", "Eriksen",
    "Falk", "Farah", "Fischer", "Fontaine", "Garcia", "Greco", "Haas", "Hakimi", "Hansen",
    "Hill", "Horvat", "Ito", "Ivanova", "Jansen", "Jensen", "Joshi", "Kallio", "Kim", "Klein",
    "Kovacs", "Laine", "Lambert", "Lindgren", "Lopez", "Marino", "Martin", "Mensah", "Meyer",
    "Moreau", "Nakamura", "Ng", "Nguyen", "Nieminen", "Novak", "Nowak", "Olsen", "Osei",
    "Papadakis", "Park", "Patel", "Pereira", "Petrov", "Popescu", "Quist", "Ramos", "Rossi",
    "Roy", "Saito", "Santos", "Schmidt", "Silva", "Singh", "Sorensen", "Suzuki", "Tanaka",
    "Torres", "Vargas", "Visser", "Wagner", "Weber", "Wong", "Yamada", "Zhang", "Zielinski",
)  # fmt: skip
COMPANY_FIRST = (
    "Alder", "Amber", "Arctic", "Aspen", "Beacon", "Birch", "Blue Harbor", "Bright", "Cedar",
    "Cobalt", "Coral", "Crest", "Delta", "Ember", "Evergreen", "Fjord", "Granite", "Harvest",
    "Indigo", "Ivory", "Juniper", "Keystone", "Lakeside", "Lumen", "Maple", "Meridian", "Mistral",
    "North Star", "Oak", "Opal", "Orchard", "Pine", "Pioneer", "Polar", "Quarry", "Redwood",
    "River", "Saffron", "Sierra", "Silver", "Solstice", "Summit", "Terra", "Tidal", "Umber",
    "Valley", "Vista", "Willow", "Winter", "Zephyr",
)  # fmt: skip
COMPANY_LAST = (
    "Analytics", "Biotech", "Builders", "Capital", "Clinics", "Components", "Consulting",
    "Dairy", "Devices", "Energy", "Engineering", "Foods", "Freight", "Hotels", "Insurance",
    "Labs", "Logistics", "Media", "Networks", "Partners", "Pharma", "Robotics", "Software",
    "Systems", "Textiles", "Tools", "Travel", "Ventures", "Water", "Works",
)  # fmt: skip
INDUSTRY_OF = {
    "Analytics": "Technology", "Biotech": "Biotechnology", "Builders": "Construction",
    "Capital": "Finance", "Clinics": "Healthcare", "Components": "Electronics",
    "Consulting": "Consulting", "Dairy": "Agriculture", "Devices": "Electronics",
    "Energy": "Energy", "Engineering": "Engineering", "Foods": "Agriculture",
    "Freight": "Shipping", "Hotels": "Hospitality", "Insurance": "Insurance",
    "Labs": "Biotechnology", "Logistics": "Transportation", "Media": "Media",
    "Networks": "Telecommunications", "Partners": "Consulting", "Pharma": "Healthcare",
    "Robotics": "Manufacturing", "Software": "Technology", "Systems": "Technology",
    "Textiles": "Manufacturing", "Tools": "Manufacturing", "Travel": "Hospitality",
    "Ventures": "Finance", "Water": "Utilities", "Works": "Manufacturing",
}  # fmt: skip
TITLES = (
    ("Head of Marketing", "Marketing"), ("Marketing Manager", "Marketing"),
    ("Demand Generation Lead", "Marketing"), ("Chief Executive", "Management"),
    ("Managing Director", "Management"), ("Operations Manager", "Operations"),
    ("Procurement Lead", "Purchasing"), ("Buyer", "Purchasing"), ("IT Director", "IT"),
    ("Systems Administrator", "IT"), ("Finance Director", "Finance"), ("Controller", "Finance"),
    ("Sales Manager", "Sales"), ("Product Manager", "Product"), ("Plant Manager", "Operations"),
    ("Research Lead", "Research"), ("Office Manager", "Administration"),
)  # fmt: skip
STREETS = (
    "Harbour Street", "Mill Lane", "Station Road", "Market Square", "Canal Street", "Park Avenue",
    "Garden Row", "Church Street", "Bridge Street", "Kings Road", "Linden Avenue", "Quay Side",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a company sits."""

    city: str
    state: str | None
    country: str
    region: str
    dial: str


PLACES = (
    Place("Turku", None, "Finland", "EMEA", "+358 2 555"),
    Place("Oslo", None, "Norway", "EMEA", "+47 22 55"),
    Place("Gothenburg", None, "Sweden", "EMEA", "+46 31 555"),
    Place("Hamburg", "Hamburg", "Germany", "EMEA", "+49 40 555"),
    Place("Lyon", None, "France", "EMEA", "+33 4 55 55"),
    Place("Porto", None, "Portugal", "EMEA", "+351 22 555"),
    Place("Leeds", None, "United Kingdom", "EMEA", "+44 113 496"),
    Place("Krakow", None, "Poland", "EMEA", "+48 12 555"),
    Place("Nairobi", None, "Kenya", "EMEA", "+254 20 555"),
    Place("Denver", "CO", "United States", "Americas", "+1 303 555"),
    Place("Portland", "OR", "United States", "Americas", "+1 503 555"),
    Place("Austin", "TX", "United States", "Americas", "+1 512 555"),
    Place("Toronto", "ON", "Canada", "Americas", "+1 416 555"),
    Place("Curitiba", "PR", "Brazil", "Americas", "+55 41 5555"),
    Place("Bogota", None, "Colombia", "Americas", "+57 1 555"),
    Place("Osaka", None, "Japan", "APAC", "+81 6 5555"),
    Place("Melbourne", "VIC", "Australia", "APAC", "+61 3 5550"),
    Place("Pune", "MH", "India", "APAC", "+91 20 5555"),
    Place("Busan", None, "South Korea", "APAC", "+82 51 555"),
)
