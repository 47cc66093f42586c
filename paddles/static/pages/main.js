// What every page does with JavaScript on; without it all of this works by links and forms.
