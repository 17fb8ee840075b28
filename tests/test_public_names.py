import inspect

import mlestar_jupyter
from mlestar_jupyter import errors


def test_public_names_are_sorted_and_documented():
    names = mlestar_jupyter.__all__
    assert names == sorted(names, key=lambda n: (n.startswith("_") or n[0].islower(), n))
    for name in names:
        if not name.startswith("__"):
            assert inspect.getdoc(getattr(mlestar_jupyter, name)), name


def test_every_error_has_its_place_in_the_tree():
    kinds = [n for n, v in vars(errors).items() if inspect.isclass(v) and issubclass(v, Exception)]
    assert all(name in (errors.__doc__ or "") for name in kinds)


def test_unknown_public_name_is_an_attribute_error():
    assert not hasattr(mlestar_jupyter, "Workflw")
