"""What is said of a data folder: positions, reconciliation, and outlines that compare."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from essgeo.atlas import Atlas, open_atlas
from essgeo.datafolder import write_folder
from essgeo.errors import DataError
from essgeo.indicators import summary
from essgeo.indicators.outlines import FILE, correspondence, successions
from essgeo.indicators.quality import quality, share_located
from essgeo.selection import Selection, parse
from tests import small


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    tables = small.tables()
    # Insee's opinion on each establishment, in the order of the small folder.
    tables["etablissements"]["plg_qp"] = [
        "QN06701M", "QN06702I", "HZ", "QN06702I", "", "QN06702I", "CSZ", "QN03501N", "QN03501N",
        "", "", "QN06701M",
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("qualite") / "d"
    write_folder(folder, tables, small.manifest())
    return open_atlas(folder)


def test_reconciliation_by_hand(atlas):
    assert quality(atlas).reconciliation == {
        "2024": {
            "accord": 5,  # Aide 1, Amis, Perdue, Régie, Grande
            "desaccord": 1,  # Aide 2
            "seulement_essgeo": 1,  # =Sport
            "seulement_insee": 1,  # Mutuelle, which is near
            "aucun": 1,  # Loin
            "non_renseigne": 3,
        }
    }


def test_positions_add_up(atlas):
    found = quality(atlas)
    table = found.positions.set_index("code")
    assert table["etablissements"].sum() == len(atlas)
    assert table.loc["33", "etablissements"] == 1
    assert table["dedans"].sum() == found.conservation["2024"]["dedans"]
    assert found.conservation["2024"]["total"] == 12
    assert share_located(found.conservation["2024"]) == pytest.approx(10 / 12)
    assert sum(found.employment.values()) == 12


def test_reasons_are_told_without_what_is_each_point_s_own(atlas):
    reasons = quality(atlas).reasons["2024"]
    assert reasons["département déclaré contredit"] == 1
    assert not any(any(letter.isdigit() for letter in one) for one in reasons)


def test_the_other_generation_is_marked(atlas):
    assert not any("ne pas comparer" in note for note in atlas.resolve(Selection()).notes)
    older = atlas.resolve(parse("generation=2015").selection)
    assert any("à ne pas comparer" in note for note in older.notes)
    labels = list(summary(atlas, Selection(), ("generation",))["libelle"])
    assert labels == ["Contours 2024", "Contours 2015 (à ne pas comparer à 2024)"]


def test_only_outlines_that_hardly_changed_compare(atlas):
    pairs = successions(atlas).set_index("nouveau")
    # The outline of 2015 is the western half of that of 2024.
    assert pairs.loc["QN06701M", "ecart"] == pytest.approx(0.5)
    assert not pairs["constant"].any()


@pytest.mark.parametrize(("moved", "constant"), [(0.0, True), (0.00004, True), (0.0004, False)])
def test_one_percent_is_the_limit(tmp_path, moved, constant):
    # A side of 0.01 degree moved by 0.00004 changes 0.4 % of the surface.
    tables = small.tables()
    frame = tables["quartiers"]
    same = frame["code_qp"] == "QP067001"
    shapes = frame.geometry.copy()
    shapes[same] = box(7.7000013, 48.5700017, 7.7100013 + moved, 48.5800017)
    shapes[frame["code_qp"] == "QN06701M"] = box(7.7000013, 48.5700017, 7.7100013, 48.5800017)
    tables["quartiers"] = gpd.GeoDataFrame(frame.assign(geometry=shapes), crs="EPSG:4326")
    write_folder(tmp_path / "d", tables, small.manifest(), decimals=9)
    pairs = successions(open_atlas(tmp_path / "d")).set_index("nouveau")
    assert bool(pairs.loc["QN06701M", "constant"]) is constant


def test_the_correspondence_table_of_the_folder_is_used(tmp_path):
    folder = small.write_small(tmp_path / "d")
    assert correspondence(folder) is None
    (folder / FILE).write_text("CODE_QP_2015;CODE_QP_2024\nQP067001;QN06702I\n;QN03501N\n")
    pairs = successions(open_atlas(folder))
    assert pairs[["ancien", "nouveau"]].to_numpy().tolist() == [["QP067001", "QN06702I"]]
    assert not pairs["constant"].any()


def test_a_correspondence_table_without_its_columns_is_said(tmp_path):
    (tmp_path / FILE).write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="code_qp_2015"):
        correspondence(tmp_path)


def test_one_generation_has_no_pairs(tmp_path):
    tables = small.tables()
    frame = tables["quartiers"]
    tables["quartiers"] = frame[frame["generation"] == "2024"].reset_index(drop=True)
    write_folder(tmp_path / "d", tables, small.manifest())
    assert successions(open_atlas(tmp_path / "d")).empty
