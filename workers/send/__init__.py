"""Sends a judged filing to its authority: the route, the sealed parcel, the receipt."""
