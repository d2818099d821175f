"""The stripper: what it makes of a region, and everything that it refuses."""

import ast
from textwrap import dedent

import pytest

from autograder.course.strip import StripError, Stub, strip

STUBS = {"f": Stub("Part 2", "schedule"), "K": Stub("Part 1", "blocks")}


def stripped(source):
    source = dedent(source)
    top = {node.name for node in ast.parse(source).body if hasattr(node, "name")}
    return strip(source, "diffusion/m.py", {k: v for k, v in STUBS.items() if k in top})


def refusal(source, stubs=STUBS):
    with pytest.raises(StripError) as caught:
        strip(dedent(source), "diffusion/m.py", stubs)
    return str(caught.value)


# ---------------------------------------------------------------------------------- what it makes


def test_a_region_in_a_function_becomes_one_raise_at_its_indentation():
    source = """\
        def f(x):
            if x:
                ### BEGIN SOLUTION
                y = [1,
                     2]
                return y
                ### END SOLUTION
            return 0
        """
    assert stripped(source) == dedent("""\
        def f(x):
            if x:
                raise NotImplementedError("Part 2 (task schedule): fill in f in diffusion/m.py")
            return 0
        """)


def test_a_method_is_named_with_its_class():
    source = """\
        class K:
            def __init__(self):
                ### BEGIN SOLUTION
                self.x = 1
                ### END SOLUTION
        """
    assert "Part 1 (task blocks): fill in K.__init__ in diffusion/m.py" in stripped(source)


def test_several_regions_of_one_function_are_numbered_blanks():
    source = """\
        def f(x):
            ### BEGIN SOLUTION
            a = 1
            ### END SOLUTION
            while a:
                ### BEGIN SOLUTION
                a = 0
                ### END SOLUTION
            return a
        """
    result = stripped(source)
    assert result.count("raise NotImplementedError") == 2
    assert "\n    raise NotImplementedError(" in result and "fill in blank 1 of 2 of f" in result
    assert (
        "\n        raise NotImplementedError(" in result and "fill in blank 2 of 2 of f" in result
    )


def test_helpers_and_imports_vanish_with_their_blank_lines():
    source = """\
        import a
        ### BEGIN SOLUTION
        import b
        ### END SOLUTION
        X = 1


        ### BEGIN SOLUTION
        def helper():
            return 2


        ### END SOLUTION
        def f():
            ### BEGIN SOLUTION
            return helper()
            ### END SOLUTION


        class K:
            def g(self):
                ### BEGIN SOLUTION
                return 1
                ### END SOLUTION

            ### BEGIN SOLUTION
            def h(self):
                return 1

            ### END SOLUTION
            z = 3


        ### BEGIN SOLUTION
        LAST = 1
        ### END SOLUTION
        """
    stub = 'raise NotImplementedError("Part {} (task {}): fill in {} in diffusion/m.py")'
    assert stripped(source) == dedent(f"""\
        import a
        X = 1


        def f():
            {stub.format(2, "schedule", "f")}


        class K:
            def g(self):
                {stub.format(1, "blocks", "K.g")}

            z = 3
        """)


# ------------------------------------------------------------------------------- what it refuses


def test_nested_markers_are_refused():
    says = refusal("""\
        def f():
            ### BEGIN SOLUTION
            a = 1
            ### BEGIN SOLUTION
            b = 2
            ### END SOLUTION
            ### END SOLUTION
        """)
    assert says.startswith("diffusion/m.py:4: a region opens inside that of line 2")


def test_an_unclosed_region_is_refused():
    says = refusal("def f():\n    ### BEGIN SOLUTION\n    a = 1\n")
    assert says.startswith("diffusion/m.py:2: ### BEGIN SOLUTION without its ### END")


def test_an_end_without_a_begin_is_refused():
    says = refusal("def f():\n    a = 1\n    ### END SOLUTION\n")
    assert says.startswith("diffusion/m.py:3: ### END SOLUTION without its ### BEGIN")


@pytest.mark.parametrize(
    "marker",
    ["## BEGIN SOLUTION", "### BEGIN SOLUTION!", "### Begin solution", "x = 1  ### BEGIN SOLUTION",
     "### BEGIN  SOLUTION", "### BEGIN_SOLUTION", "#### BEGIN SOLUTION"],
)  # fmt: skip
def test_a_misspelt_marker_is_refused(marker):
    says = refusal(f"def f():\n    {marker}\n    a = 1\n    ### END SOLUTION\n")
    assert says.startswith("diffusion/m.py:2: a marker is a line of its own")


@pytest.mark.parametrize(
    "body",
    [
        "x = (1 +\n    ### BEGIN SOLUTION\n    2)\n    ### END SOLUTION",
        "### BEGIN SOLUTION\n    x = (1 +\n    ### END SOLUTION\n    2)",
        "### BEGIN SOLUTION\n    if a:\n        b = 1\n    ### END SOLUTION\n"
        "    else:\n        b = 2",
        "if a:\n        ### BEGIN SOLUTION\n        b = 1\n    else:\n        b = 2\n"
        "        ### END SOLUTION",
        "if a:\n        ### BEGIN SOLUTION\n        b = 1\n    b = 2\n        ### END SOLUTION",
        "### BEGIN SOLUTION\n    # only words\n    ### END SOLUTION\n    pass",
        "if a:\n        b = 1\n        ### BEGIN SOLUTION\n    else:\n        b = 2\n"
        "        ### END SOLUTION",
        "with (a,\n        ### BEGIN SOLUTION\n        b):\n        c = 2\n"
        "        ### END SOLUTION",
        'x = """\n    ### BEGIN SOLUTION\n    y = 1\n    ### END SOLUTION\n    """',
    ],
)
def test_a_region_that_is_no_run_of_whole_statements_is_refused(body):
    says = refusal(f"def f(a):\n    {body}\n")
    assert "this region holds no run of whole statements" in says


def test_a_region_that_starts_in_one_function_and_ends_in_the_next_is_refused():
    says = refusal("""\
        def f():
            a = 1
            ### BEGIN SOLUTION
            return a

        def g():
            ### END SOLUTION
            return 2
        """)
    assert says.startswith("diffusion/m.py:3: this region holds no run of whole statements")


def test_a_decorator_is_not_cut_off_its_function():
    says = refusal("""\
        @decorated
        ### BEGIN SOLUTION
        def helper():
            pass
        ### END SOLUTION
        def f(): pass
        """)
    assert says.startswith("diffusion/m.py:2: this region holds no run of whole statements")


def test_markers_indented_otherwise_than_the_code_are_refused():
    says = refusal("def f():\n### BEGIN SOLUTION\n    a = 1\n### END SOLUTION\n")
    assert says.startswith("diffusion/m.py:2: the markers are indented otherwise")
    says = refusal("def f():\n    ### BEGIN SOLUTION\n    a = 1\n### END SOLUTION\n")
    assert says.startswith("diffusion/m.py:4: indented otherwise than its BEGIN, line 2")


def test_a_function_that_no_task_claims_is_refused():
    says = refusal("def g():\n    ### BEGIN SOLUTION\n    a = 1\n    ### END SOLUTION\n", {})
    assert says.startswith("diffusion/m.py:2: g is in the stubs of no task")


def test_a_stub_with_nothing_to_fill_in_is_refused():
    says = refusal("x = 1\n\n\ndef f():\n    return 1\n", {"f": STUBS["f"]})
    assert says.startswith("diffusion/m.py:4: f is a stub of grading.yaml and has no region")


def test_a_stub_that_the_module_does_not_define_is_refused_with_the_name_that_is_meant():
    says = refusal("def the_schedule():\n    return 1\n", {"the_schedul": STUBS["f"]})
    assert "has the_schedul, which this file does not define" in says
    assert says.endswith("did you mean the_schedule?")


def test_a_result_that_is_no_python_is_refused():
    says = refusal("""\
        class K:
            ### BEGIN SOLUTION
            x = 1
            ### END SOLUTION
        """, {})  # fmt: skip
    assert "diffusion/m.py (stripped)" in says and "not Python" in says


def test_a_solution_that_is_no_python_is_refused():
    assert refusal("def f(:\n").startswith("diffusion/m.py:1: not Python")
