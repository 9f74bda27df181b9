"""The 24 invented sellers. Telephone numbers come from the ranges kept for fiction where
a country keeps one; tax numbers are made up."""

from dataclasses import dataclass
from typing import Literal

from tools.receipts.money import Country, DateStyle

DocType = Literal["cafe", "supermarket", "fuel", "restaurant", "parking"]
Typeface = Literal["inconsolata", "courier", "league", "lato"]
RuleKind = Literal["dashes", "dots", "solid", "double"]


@dataclass(frozen=True)
class Shop:
    """`columns`: characters a line of normal print; `wear`: see `look.py`."""

    doc_type: DocType
    country: Country
    company: str
    address: tuple[str, ...]
    phone: str
    tax_number: str
    layout: str
    typeface: Typeface
    columns: int
    rule: RuleKind
    date_style: DateStyle
    wear: str
    capitals: bool = False
    pays_cash: bool = False


SHOPS: tuple[Shop, ...] = (
    Shop("cafe", "GB", "The Copper Wren", ("14 Mill Lane", "Hexham NE46 3PF"),
         "01632 960418", "VAT No. 412 0093 77", "counter", "inconsolata", 42, "dashes",
         "slashes", "clean", pays_cash=True),
    Shop("supermarket", "DE", "Frischmarkt Lindner", ("Bahnhofstraße 27", "04109 Leipzig"),
         "Tel. 030 23125 114", "USt-IdNr. DE 311 870 042", "market-codes", "courier", 44,
         "dashes", "dots", "faded rotated", pays_cash=True),
    Shop("fuel", "US", "Prairie Star Fuel #218", ("4410 Hwy 30 East", "Kearney, NE 68847"),
         "(308) 555-0142", "", "pump", "league", 38, "dots", "us", "noisy banded",
         capitals=True),
    Shop("restaurant", "GB", "Harbour & Vine", ("3 Quay Street", "Whitby YO21 1DN"),
         "01632 960775", "VAT Reg 388 4127 05", "table-check", "lato", 46, "solid",
         "named", "rotated perspective"),
    Shop("cafe", "DE", "Café Mühlbach", ("Am Mühlgraben 8", "35037 Marburg"),
         "Tel. 069 90009 327", "St.-Nr. 031 224 50917", "counter", "courier", 42, "dots",
         "german", "crumpled", pays_cash=True),
    Shop("parking", "GB", "Tanner Yard Car Park", ("Tanner Yard", "York YO1 9RN"),
         "01632 960190", "VAT No. 627 5510 38", "ticket", "league", 36, "solid",
         "slashes", "noisy rotated"),
    Shop("supermarket", "US", "GREEN ACRE MARKET", ("2207 OAKDALE AVE", "MADISON, WI 53703"),
         "(608) 555-0177", "", "market-columns", "inconsolata", 46, "dashes", "us",
         "blurred noisy", capitals=True),
    Shop("restaurant", "DE", "Gasthaus Blauer Karpfen", ("Große Gasse 5", "97070 Würzburg"),
         "Tel. 089 99998 240", "St.-Nr. 257 118 30462", "bill-columns", "courier", 48,
         "double", "dots", "clean", pays_cash=True),
    Shop("cafe", "US", "Blue Heron Coffee", ("918 Alder St", "Eugene, OR 97401"),
         "(541) 555-0119", "", "order", "lato", 42, "solid", "us-named", "clean"),
    Shop("fuel", "DE", "Tankstelle Seeblick", ("Uferstraße 112", "88045 Friedrichshafen"),
         "Tel. 089 99998 615", "USt-IdNr. DE 290 447 618", "pump", "inconsolata", 42,
         "dashes", "dots", "faded banded noisy"),
    Shop("supermarket", "GB", "Penny & Field", ("81 High Street", "Stroud GL5 1AQ"),
         "01632 960233", "VAT No. 504 2288 16", "market-codes", "league", 42, "dashes",
         "short", "crumpled rotated"),
    Shop("parking", "DE", "Parkhaus Altstadt", ("Böttcherstraße 1-3", "28195 Bremen"),
         "Tel. 040 66969 508", "USt-IdNr. DE 274 901 335", "ticket", "courier", 38, "dots",
         "dots", "faded", pays_cash=True),
    Shop("restaurant", "US", "Maple Street Grill", ("55 Maple St", "Burlington, VT 05401"),
         "(802) 555-0163", "", "table-check", "inconsolata", 42, "dashes", "us",
         "perspective noisy"),
    Shop("cafe", "AT", "Kaffeehaus Amsel", ("Lerchenzeile 19", "1060 Wien"),
         "Tel. 01 555 01 48", "UID ATU 900 417 26", "bill-columns", "inconsolata", 48,
         "dashes", "dots", "rotated banded", pays_cash=True),
    Shop("supermarket", "AT", "Nahkauf Greißler", ("Dorfplatz 4", "5360 St. Wolfgang"),
         "Tel. 01 555 02 71", "UID ATU 900 583 10", "market-codes", "league", 44, "double",
         "dots-short", "noisy crumpled", capitals=True),
    Shop("fuel", "GB", "Moorland Services", ("A39 Bypass", "Bodmin PL31 2RJ"),
         "01632 960554", "VAT No. 733 9014 62", "pump", "courier", 42, "solid", "short",
         "rotated blurred"),
    Shop("cafe", "GB", "Bramble & Crumb", ("Unit 6, Station Yard", "Kendal LA9 6BT"),
         "01632 960872", "VAT No. 819 3350 24", "order", "lato", 44, "dots", "named",
         "crumpled perspective"),
    Shop("restaurant", "AT", "Wirtshaus Grünangerl", ("Grünangergasse 11", "8010 Graz"),
         "Tel. 01 555 03 90", "UID ATU 900 226 81", "bill-columns", "league", 50, "solid",
         "dots", "faded rotated blurred", pays_cash=True),
    Shop("supermarket", "IE", "Dunmore Grocers", ("Main Street", "Westport, Co. Mayo"),
         "Tel 020 910 0148", "VAT IE 6408823V", "market-columns", "courier", 48, "dots",
         "slashes", "banded", pays_cash=True),
    Shop("fuel", "DE", "Autohof Weißbuchen", ("Industriering 60", "36251 Bad Hersfeld"),
         "Tel. 0221 4710 366", "USt-IdNr. DE 255 710 984", "pump", "lato", 44, "solid",
         "dots", "perspective noisy"),
    Shop("parking", "US", "Riverfront Garage", ("120 W Water St", "Milwaukee, WI 53203"),
         "(414) 555-0128", "", "ticket", "inconsolata", 36, "double", "us-named", "clean",
         capitals=True),
    Shop("supermarket", "DE", "Bioladen Kräuterhof", ("Schloßallee 44", "99423 Weimar"),
         "Tel. 030 23125 682", "St.-Nr. 162 140 08857", "market-columns", "lato", 48,
         "dots", "german", "clean", pays_cash=True),
    Shop("cafe", "US", "Depot Street Coffee", ("300 Union Ave", "Memphis, TN 38103"),
         "(901) 555-0186", "", "counter", "league", 38, "double", "us",
         "faded noisy rotated", capitals=True, pays_cash=True),
    Shop("restaurant", "GB", "Saffron Gate", ("122 Narborough Road", "Leicester LE3 0BT"),
         "01632 960361", "VAT No. 660 1742 90", "bill-columns", "courier", 46, "dashes",
         "slashes", "crumpled banded", pays_cash=True),
)  # fmt: skip
