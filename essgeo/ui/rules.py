"""The rules of calculation, in plain words; the code that applies them refers to the same ones."""

from __future__ import annotations

from essgeo.secrecy import Rule
from essgeo.text import number, percent
from essgeo.words.figures import BAND

#: Title -> text, in the order of reading.
RULES: dict[str, str] = {
    "Ce qui est compté, et où": f"""
**Dans un quartier.** Un établissement est compté dans un quartier prioritaire quand sa position
tombe dans le contour, bord compris. Si plusieurs contours le contiennent, le plus petit code est
retenu, et le nombre de ces cas est donné plus bas.

**Autour.** « À moins de {BAND} » se mesure en mètres, à vol d'oiseau, jusqu'au bord du contour le
plus proche, dans la projection légale du territoire. Ce n'est pas le quartier vécu. Dans les
totaux chaque établissement proche n'est compté qu'une fois, avec le quartier le plus proche ; sur
la fiche d'un quartier, tous ceux qui l'entourent sont comptés, même s'ils sont plus près d'un
autre.

**Employeurs.** Employeur, non employeur, employeur d'effectif inconnu : ces états ne sont jamais
confondus. Par défaut, seuls les employeurs sont comptés, comme dans les chiffres publiés.

**Champ de l'ESS.** « Loi de 2014 » : associations, coopératives, mutuelles, fondations et
sociétés commerciales de l'ESS. « Insee » : sans les sociétés commerciales. Le champ est écrit
avec chaque part.
""",
    "Emplois et poids": """
**Emplois situés là.** Sirene donne une tranche d'effectifs, pas un nombre : les minimums et les
maximums des tranches s'additionnent en un intervalle, les valeurs centrales en une estimation. Ce
sont les emplois des établissements situés dans le quartier, pas ceux de ses habitants.

**Deux lectures, toujours ensemble.** Le *poids* divise les emplois de l'ESS par tous les emplois
du lieu ; la *présence* divise les établissements par les habitants. Dans les quartiers le poids
est plus fort et la présence plus faible qu'ailleurs : le reste de l'économie y est plus rare
encore.

**Ce qui ne s'additionne pas.** Les indicateurs de revenus et de pauvreté de l'Insee (Filosofi)
valent pour un quartier : ils ne sont jamais sommés ni moyennés.
""",
    "Jusqu'où un chiffre est sûr": """
**Intervalle d'un compte.** En bas, ceux qui sont dedans à plus de la précision de leur position
du bord ; en haut, on ajoute ceux qui sont dehors à moins que cette précision.

**Certitude de la position.**
- *Incertaine* : le département déclaré contredit la position ; ou, dans un quartier, la commune
  déclarée n'est aucune des siennes ; ou la position a été tirée au hasard dans sa rue et le bord
  est plus proche que la moitié de sa précision. Par défaut, elle n'est pas comptée.
- *Probable* : la rue elle-même n'est que probable ; ou la qualité de la position est inconnue ;
  ou le bord est plus proche que sa précision.
- *Sûre* : dans les autres cas.
""",
    "Comparer": """
**Plus ou moins qu'ailleurs.** La part d'un secteur ici, divisée par sa part dans la référence
choisie, avec son intervalle à 95 %. « Plus présent » ou « moins présent » ne sont dits que si
l'écart est établi une fois corrigé du nombre de comparaisons du tableau (Benjamini et Hochberg) ;
sinon « pas de différence établie ».

**Ce qui manque.** Un secteur n'est dit « peu présent » que si les quartiers semblables en
feraient attendre au moins trois ; en dessous, l'absence n'est pas significative. On regarde
autour avant de dire « absent ».

**Deux générations de contours.** 2015 et 2024 ne s'additionnent ni ne se comparent, sauf à
contours constants : des quartiers dont le contour n'a pas changé de plus de 1 % de sa surface.
""",
}


def secrecy_rule(rule: Rule) -> str:
    """Say the rule of statistical secrecy with the thresholds in force."""
    return (
        "Le répertoire Sirene, ses tranches d'effectifs et les listes de l'ESS sont publics : "
        "leurs comptes et leurs estimations sont montrés. Une source couverte par le secret "
        "statistique (commande Flores, Clap ou DADS, effectifs exacts) ne donne que des totaux "
        f"d'au moins {number(rule.units)} unités (SIREN), dont aucune ne pèse plus de "
        f"{percent(rule.share)} ; les cases trop petites sont réunies une fois pour toutes, si "
        "bien qu'aucune ne se retrouve par soustraction.\n\n"
        "Une unité en diffusion partielle est comptée, mais ni sa position ni, pour une personne, "
        "son nom ne sont montrés. Les non-employeurs sont comptés, ni dessinés ni listés, sauf si "
        "le détenteur des données le demande (réglage ESSGEO_NON_EMPLOYEURS)."
    )
