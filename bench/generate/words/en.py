"""English words."""

SURNAMES = (
    *("Ashdown", "Bellweather", "Carrow", "Dunmore", "Ellery", "Farnsby", "Gracewood", "Hallam"),
    *("Iverson", "Jessop", "Kettleby", "Larkham", "Merriden", "Northcote", "Oakhurst", "Penrose"),
    *("Quillam", "Ravensby", "Stanmore", "Thornwell", "Underhill", "Vantry", "Wexcombe", "Yardley"),
)
WOMEN = (
    *("Amelia", "Beatrice", "Clara", "Diana", "Eleanor", "Freya", "Grace", "Hannah", "Imogen"),
    *("Josephine", "Katherine", "Lydia", "Margaret", "Nora", "Olive", "Phoebe", "Ruth", "Sophie"),
)
MEN = (
    *("Albert", "Benedict", "Conrad", "Desmond", "Edmund", "Felix", "Gilbert", "Howard", "Isaac"),
    *("Julian", "Kenneth", "Leonard", "Martin", "Nathan", "Oliver", "Patrick", "Rupert", "Simon"),
)
TOWNS = (
    *("Ashcombe Vale", "Brindle Marsh", "Corrow Bridge", "Dunlow", "Eastermere", "Fennick"),
    *("Gorsebury", "Hollin Cross", "Kestrel Bay", "Lower Pinby", "Marrowick", "Westerholt"),
)
STREETS = (
    *("Alder Row", "Beacon Road", "Chandler Street", "Dovecote Lane", "Foundry Street"),
    *("Granary Walk", "Kiln Lane", "Lantern Street", "Millrace Road", "Orchard Rise"),
)
COMPANIES = (
    *("Amberlock", "Bracken & Vole", "Coppergate Supplies", "Driftmoor", "Elderquay"),
    *("Fallowfield Tools", "Greyhaven", "Hartsmoor Paper", "Ironvale", "Juniper Crest"),
    *("Larkspur Office", "Mossbank Foods", "Pinewick", "Tallow & Reed", "Windlestone"),
)
FORMS = ("{name} Ltd", "{name} Trading Ltd", "{name} LLP", "{name} Services Ltd")
GOODS = (
    ("Copy paper A4, 500 sheets", "pack", 465),
    ("Desk lamp, adjustable", "pc", 3290),
    ("Ring binder 70 mm", "pc", 385),
    ("Ballpoint pens, blue", "box", 1240),
    ("Office chair, grey", "pc", 14950),
    ("Delivery to the door", "trip", 1800),
    ("Whiteboard 90 x 60 cm", "pc", 4780),
    ("Cleaning of the premises", "hour", 2150),
    ("Cable USB-C, 2 m", "pc", 1195),
    ("Envelopes C5", "box", 2325),
    ("Repair of a printer", "hour", 5400),
    ("Label rolls 57 mm", "roll", 640),
    ("Water filter cartridge", "pc", 2790),
    ("Archive box, cardboard", "pc", 215),
    ("Keyboard, wired", "pc", 2480),
    ("Hand towels, folded", "pack", 1575),
)
