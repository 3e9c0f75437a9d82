"""Process Workbench: from a plant's own records to a change of settings that is safe to try, and honest when there is none."""

__version__ = "0.1.0"
