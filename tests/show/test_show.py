import subprocess
import sys

import workbench.show


def test_importing_the_room_is_light():
    heavy = {"plotly", "jinja2", "rich", "pandas", "mlflow", "sklearn"}
    code = f"import sys, workbench.show; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_front_is_sorted_and_whole():
    assert workbench.show.__all__ == sorted(workbench.show.__all__)
    assert all(hasattr(workbench.show, name) for name in workbench.show.__all__)
