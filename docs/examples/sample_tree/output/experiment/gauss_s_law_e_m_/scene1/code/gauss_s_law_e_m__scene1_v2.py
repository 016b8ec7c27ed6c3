from manim import *

# version 2
class Scene1(Scene):
    def construct(self):
        self.play(Write(Text("a² + b² = c²")))
