from essgeo.ui import loading, method, style, territoire_officiel
from essgeo.ui.pages import guard

guard()

style.title("Méthode et données")
atlas = loading.atlas_or_stop()
style.section("Comment les chiffres sont faits")
method.rules()
style.section("Les données ouvertes ici")
method.data(atlas)
method.made(atlas)
method.judged(atlas)
style.section("Charger un territoire officiel")
territoire_officiel.section()
style.section("Deux générations de contours")
method.generations(atlas)
style.section("Licence et citation")
method.citation(atlas)
style.section("Dictionnaire des données")
method.dictionary()
