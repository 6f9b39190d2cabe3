"""What the stage looks like, and the keys that go through it."""

from __future__ import annotations

import streamlit as st

#: The projector shows nothing but the step: neither filters nor menu.
_STAGE = """
<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stHeader"],
.essgeo-simule, .st-key-essgeo-touches { display: none !important; }
[data-testid="stMainBlockContainer"] { padding: .8rem 3vw 4.5rem; max-width: none; }
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: .2rem; }
/* A step fits on the screen, whatever its picture; the ways stay under the hand. */
[data-testid="stMainBlockContainer"] [data-testid="stImage"] img { max-height: 62vh;
  object-fit: contain; }
[class*="st-key-scene-graphique"] [data-testid="stImage"] img { max-height: 53vh !important; }
.st-key-scene-commandes { position: fixed; left: 0; right: 0; bottom: 0; z-index: 10;
  padding: .5rem 3vw; background: light-dark(#ffffff, #101820); border-top: 1px solid #8b97a2; }
/* Letters follow the width of the screen: the same step, larger. */
.scene { font-size: max(1rem, 1.15vw); }
.scene h1 { font-size: clamp(1.8rem, 3.2vw, 3.4rem); margin: 0; padding: 0; line-height: 1.15; }
.scene .tete { display: flex; gap: 1.5em; align-items: center; justify-content: space-between; }
.scene .rang { font-size: 1.2em; opacity: .75; white-space: nowrap; }
.scene .lu { font-size: clamp(1.3rem, 1.9vw, 2.1rem); line-height: 1.35; margin: .5em 0 .2em; }
.scene .lu p { font-size: inherit; }
.scene .marque { background: #ffd34d; color: #14202b; font-weight: 700; padding: .25em .7em;
  border-radius: 4px; white-space: nowrap; font-size: clamp(1rem, 1.3vw, 1.5rem); }
.scene .reel { background: #dce9f5; color: #14202b; }
.scene dl { display: grid; gap: .6em; margin: .2em 0; }
.scene dl.rangee { grid-template-columns: repeat(auto-fit, minmax(14em, 1fr)); }
.scene dt { font-size: 1.35em; font-weight: 600; line-height: 1.2; }
.scene dd { margin: 0; font-size: 1.2em; line-height: 1.25; opacity: .85; }
.scene dd.valeur { font-size: clamp(2.2rem, 3.4vw, 3.8rem); font-weight: 750; line-height: 1.1;
  opacity: 1; }
.scene ul { font-size: clamp(1.25rem, 1.7vw, 1.9rem); line-height: 1.35; margin: .3em 0; }
.scene li { margin-bottom: .55em; }
.scene h2 { font-size: clamp(1.4rem, 2vw, 2.2rem); margin: .5em 0 .3em; padding: 0; }
.scene table { border-collapse: collapse; width: 100%; font-size: 1.42em; }
.scene th, .scene td { text-align: left; padding: .1em .6em; border-bottom: 1px solid #8b97a2; }
.scene .chiffre { text-align: right; font-variant-numeric: tabular-nums; }
.scene .note { font-size: 1.45em; border-left: 5px solid #e69f00; padding-left: .7em; }
.scene .suite { font-size: 1.45em; line-height: 1.35; margin: .3em 0; }
.scene .source { font-size: 1.05em; opacity: .8; margin: .3em 0 0; }
/* For screen readers alone. */
.scene .dite { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
</style>
"""

# Remote controls send PageUp and PageDown, and people press the space bar; a button of Streamlit
# has one shortcut. A button or a field that has the focus keeps its own space bar.
_KEYS = """
<script>
if (!window.essgeoScene) {
  window.essgeoScene = true;
  const ways = { PageDown: "suivant", " ": "suivant", PageUp: "precedent" };
  document.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    const own = event.target.closest("input, textarea, [role=dialog], [role=combobox], button, a");
    if (!way || event.repeat || (own && (event.key === " " || own.matches("input, textarea")))) {
      return;
    }
    const button = document.querySelector(`.st-key-scene-${way} button`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });
}
</script>
"""


def dress() -> None:
    """Dress the page as a stage; once a run."""
    st.html(_STAGE)
    with st.container(key="essgeo-touches"):
        st.html(_KEYS, unsafe_allow_javascript=True)
