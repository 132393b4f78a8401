from importlib.metadata import version

from core.training import environment


def test_the_lock_names_every_distribution_and_what_computes():
    lock = environment.lock()
    assert lock.packages["scikit-learn"] == version("scikit-learn")
    assert lock.packages["numpy"] == version("numpy")
    assert lock.python.startswith("CPython 3.")
    assert lock.cores >= 1
    assert len(lock.code.sha256) == 64


def test_versions_read_from_folder_names_are_those_of_the_metadata():
    for name in ("pandas", "mlflow", "python-dateutil", "pyyaml"):
        assert environment.distributions()[name] == version(name)


def test_libraries_of_kernels_are_listed_once_loaded():
    import sklearn.ensemble  # noqa: F401 - loads OpenBLAS and OpenMP

    assert {"openblas", "openmp"} <= {library.name for library in environment.lock().libraries}


def test_the_commit_is_read_from_loose_packed_and_detached_heads(tmp_path):
    assert environment.commit(tmp_path) is None
    head, refs = tmp_path / "HEAD", tmp_path / "refs" / "heads"
    head.write_text("a" * 40 + "\n")
    assert environment.commit(tmp_path) == "a" * 40
    head.write_text("ref: refs/heads/main\n")
    assert environment.commit(tmp_path) is None
    (tmp_path / "packed-refs").write_text("# pack-refs with: peeled\n" + "b" * 40 + " refs/heads/main\n")
    assert environment.commit(tmp_path) == "b" * 40
    refs.mkdir(parents=True)
    (refs / "main").write_text("c" * 40 + "\n")
    assert environment.commit(tmp_path) == "c" * 40
