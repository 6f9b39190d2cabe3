from essgeo.ui import loading, state, territoires
from essgeo.ui.heading import heading
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
heading(atlas, resolved, "Territoires : qui se distingue, au-delà du hasard")

looked = territoires.choices(atlas, resolved)
territoires.picture(atlas, resolved, looked)
territoires.ranks(atlas, looked)
territoires.side_by_side(atlas, resolved, looked)
