raise AssertionError("this environment can never be built")
