"""The peripherals of the nRF52840 that are modelled, one file each."""
