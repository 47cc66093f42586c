"""The faces: packages of controllers, each speaking one outside system's words."""
