# -*- coding: latin-1 -*-
	x = '''a
b'''
	return x
