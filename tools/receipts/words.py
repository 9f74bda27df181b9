"""The words that tills print, for each country."""

from dataclasses import dataclass

from tools.receipts.money import Country


@dataclass(frozen=True)
class Words:
    subtotal: str
    total: str
    cash: str
    card: str
    change: str
    tax: str
    rate: str
    net: str
    gross: str
    receipt: str
    till: str
    served_by: str
    staff: tuple[str, ...]
    item: str
    quantity: str
    price: str
    amount: str
    items: str
    thanks: tuple[str, ...]
    thanks_for_shopping: str


ENGLISH = Words(
    subtotal="Subtotal",
    total="Total",
    cash="Cash",
    card="Card",
    change="Change",
    tax="VAT",
    rate="Rate",
    net="Net",
    gross="Gross",
    receipt="Receipt",
    till="Till",
    served_by="Served by",
    staff=("Hannah", "Imran", "Siobhan", "Gareth", "Priya", "Owen"),
    item="Item",
    quantity="Qty",
    price="Price",
    amount="Amount",
    items="Items",
    thanks=(
        "Thank you, please call again",
        "Have a lovely day",
        "Please keep this receipt",
    ),
    thanks_for_shopping="Thank you for your custom",
)

AMERICAN = Words(
    subtotal="Subtotal",
    total="Total",
    cash="Cash",
    card="Credit",
    change="Change Due",
    tax="Sales Tax",
    rate="Rate",
    net="Net",
    gross="Gross",
    receipt="Trans #",
    till="Reg",
    served_by="Server",
    staff=("Dana", "Luis", "Keisha", "Brett", "Mei", "Tyler"),
    item="Item",
    quantity="Qty",
    price="Each",
    amount="Amount",
    items="Items Sold",
    thanks=(
        "Thank you! Come back soon",
        "Have a great day!",
        "Tell us how we did",
    ),
    thanks_for_shopping="Thanks for shopping local",
)

GERMAN = Words(
    subtotal="Zwischensumme",
    total="Summe",
    cash="Bar",
    card="Karte",
    change="Rückgeld",
    tax="MwSt.",
    rate="Satz",
    net="Netto",
    gross="Brutto",
    receipt="Beleg-Nr.",
    till="Kasse",
    served_by="Es bediente Sie",
    staff=("Frau Köhler", "Herr Öztürk", "Frau Groß", "Jürgen", "Frau Weiß"),
    item="Artikel",
    quantity="Menge",
    price="Preis",
    amount="Betrag",
    items="Posten",
    thanks=(
        "Auf Wiedersehen!",
        "Danke für Ihren Besuch",
        "Schönen Tag noch!",
    ),
    thanks_for_shopping="Vielen Dank für Ihren Einkauf",
)

AUSTRIAN = Words(
    subtotal="Zwischensumme",
    total="Gesamtbetrag",
    cash="Bar gegeben",
    card="Bankomat",
    change="Retour",
    tax="USt",
    rate="Satz",
    net="Netto",
    gross="Brutto",
    receipt="Rechnung Nr.",
    till="Kassa",
    served_by="Kellner",
    staff=("Resi", "Herr Jörg", "Frau Bäck", "Franz"),
    item="Bezeichnung",
    quantity="Anz.",
    price="Einzel",
    amount="Gesamt",
    items="Positionen",
    thanks=(
        "Vielen Dank für Ihren Besuch",
        "Auf Wiederschauen!",
        "Bis zum nächsten Mal!",
    ),
    thanks_for_shopping="Danke für Ihren Einkauf",
)

WORDS: dict[Country, Words] = {
    "GB": ENGLISH,
    "IE": ENGLISH,
    "US": AMERICAN,
    "DE": GERMAN,
    "AT": AUSTRIAN,
}
