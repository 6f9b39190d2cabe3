from essgeo.ui import loading, method, style
from essgeo.ui.pages import guard

guard()

style.title("Méthode et données")
atlas = loading.atlas_or_stop()
style.section("Comment les chiffres sont faits")
method.rules()
style.section("Les données ouvertes ici")
method.data(atlas)
style.section("Aucun établissement n'est perdu")
method.conservation(atlas)
style.section("Ce qui n'est pas classé")
method.unclassified(atlas)
