"""Isaac Sim's helper modules, ``isaacsim.core.utils`` in the newer generations, a file each."""
