"""How the kernels are compiled, packaged and kept up to date. Installs do not hold this folder: it needs the sources.

While a wheel is built the folder itself is on ``sys.path``, so no file in it may have the name of another module.
"""
