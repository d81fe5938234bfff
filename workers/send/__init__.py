"""From a judged filing to the authority: the route, the sealed parcel, the receipt."""
